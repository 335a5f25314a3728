import { expect, it } from 'vitest';
import { multicastTo } from '../../src/datagrams/destination.ts';

const group = (address: string, port: number, scheme = 'udp') => ({
  scheme,
  address,
  family: address.includes(':') ? 6 : 4,
  port,
  isMulticast: !address.startsWith('192'),
});

it.each([
  ['udp://239.1.2.3:1234', [{ group: group('239.1.2.3', 1234), ttl: 1 }]],
  ['rtp://[ff15::1]:5004', [{ group: group('ff15::1', 5004, 'rtp'), ttl: 1 }]],
  ['udp://192.0.2.1:1234', [{ group: group('192.0.2.1', 1234), ttl: 64 }]],
  [
    { url: 'udp://239.1.2.3:1234', ttl: 5, interface: 'eth1' },
    [{ group: group('239.1.2.3', 1234), ttl: 5, interface: 'eth1' }],
  ],
  [
    ['udp://239.1.2.3:1234', { url: 'rtp://239.1.2.4:1234', ttl: 0 }],
    [
      { group: group('239.1.2.3', 1234), ttl: 1 },
      { group: group('239.1.2.4', 1234, 'rtp'), ttl: 0 },
    ],
  ],
])('a place to send to: %j', (written, destinations) => {
  expect(multicastTo.parse(written)).toEqual(destinations);
});

it.each([
  'udp://239.1.2.3',
  'udp://@:1234',
  'udp://0.0.0.0:1234',
  'udp://10.0.0.7@232.1.1.1:5004',
  'http://239.1.2.3:1234',
  { url: 'udp://239.1.2.3:1234', ttl: 256 },
  { url: 'udp://239.1.2.3:1234', hops: 1 },
  [],
  Array.from({ length: 17 }, (_, n) => `udp://239.1.2.3:${1000 + n}`),
  7,
])('no place to send to: %j', (written) => {
  expect(multicastTo.safeParse(written).success).toBe(false);
});
