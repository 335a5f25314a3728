import { describe, expect, test } from 'vitest';
import { groupAt, readGroup, urlOf, withSource } from '../../src/datagrams/group.ts';

describe('an address that datagrams come to', () => {
  test.each([
    ['udp://239.0.0.1:1234', { scheme: 'udp', address: '239.0.0.1', family: 4, port: 1234, isMulticast: true }],
    ['rtp://239.0.0.1:5004/', { scheme: 'rtp', address: '239.0.0.1', family: 4, port: 5004, isMulticast: true }],
    ['RTP://10.0.0.7@232.1.1.1:1', { scheme: 'rtp', address: '232.1.1.1', source: '10.0.0.7', port: 1 }],
    ['udp://[ff15::1]:65535', { address: 'ff15::1', family: 6, port: 65_535, isMulticast: true }],
    ['udp://[fd00::7]@[ff35::1]:5', { address: 'ff35::1', family: 6, source: 'fd00::7' }],
    ['udp://@239.0.0.1:1234', { address: '239.0.0.1', isMulticast: true }],
    ['udp://@:1234', { address: '0.0.0.0', family: 4, isMulticast: false }],
    ['udp://:1234', { address: '0.0.0.0', isMulticast: false }],
    ['udp://192.0.2.1:1234', { address: '192.0.2.1', isMulticast: false }],
    ['udp://[::]:1234', { address: '::', family: 6, isMulticast: false }],
  ])('%s', (url, group) => {
    expect(readGroup(url)).toMatchObject(group);
    expect(readGroup(url)?.source).toBe('source' in group ? group.source : undefined);
  });

  test.each([
    '',
    'udp://',
    'udp://239.0.0.1',
    'udp://239.0.0.1:0',
    'udp://239.0.0.1:65536',
    'udp://239.0.0.1:123456',
    'udp://239.0.0.1:1234?pkt_size=1316',
    'udp://239.0.0.1:1234/x',
    'http://239.0.0.1:1234',
    'udp://group.example:1234',
    'udp://239.0.0.256:1234',
    'udp://239.0.0.01:1234',
    'udp://ff15::1:1234',
    'udp://[239.0.0.1]:1234',
    'udp://[ff02::1%eth0]:1234',
    'udp://[::ffff:239.0.0.1]:1234',
    'udp://[::ffff:ef00:1]:1234',
    'udp://x@239.0.0.1:1234',
    'udp://fd00::1@239.0.0.1:1234',
    'udp://239.0.0.2@239.0.0.1:1234',
    'udp://10.0.0.1@:1234',
    'udp://a:b@239.0.0.1:1234',
    `udp://${'@'.repeat(10_000)}239.0.0.1:1234`,
    `udp://${'['.repeat(10_000)}:1`,
  ])('%.40s is none', (url) => {
    expect(readGroup(url)).toBeUndefined();
  });

  test('a port may be usual', () => {
    expect(groupAt('udp', '239.0.0.1', 1234)).toMatchObject({ port: 1234 });
    expect(groupAt('udp', '239.0.0.1:5', 1234)).toMatchObject({ port: 5 });
    expect(groupAt('rtp', '[ff15::1]', 1234)).toMatchObject({ scheme: 'rtp', address: 'ff15::1', port: 1234 });
    expect(groupAt('udp', '', 1234)).toBeUndefined();
  });

  test('the same group has one way of being written', () => {
    const ways = ['udp://[FF15:0::0:1]:01234', 'udp://@[ff15::1]:1234/', 'UDP://[ff15:0:0:0:0:0:0:1]:1234'];
    const written = ways.map((url) => {
      const group = readGroup(url);
      return group && urlOf(group);
    });
    expect(new Set(written)).toEqual(new Set(['udp://[ff15::1]:1234']));
    const specific = readGroup('rtp://[FD00::0007]@[ff35::1]:5004');
    expect(specific && urlOf(specific)).toBe('rtp://[fd00::7]@[ff35::1]:5004');
  });

  test('a sender is one that could send to it', () => {
    const group = readGroup('udp://232.0.0.1:1234');
    if (!group) throw new Error('that is a group');
    expect(withSource(group, '10.0.0.7')).toMatchObject({ source: '10.0.0.7' });
    for (const none of ['', 'fd00::1', '239.1.1.1', 'x']) expect(withSource(group, none)).toBeUndefined();
  });
});
