import { describe, expect, it } from 'vitest';
import { headers, lost } from '../../support/framing.ts';
import { mkv, scenes } from '../../support/matroska.ts';
import {
  cluster,
  element,
  endless,
  openCluster,
  simple,
  size,
  timestamp,
  uint,
} from '../../support/matroska-elements.ts';
import { kinds, picture, played, told } from './playing.ts';

describe('damage', () => {
  const good = scenes(24);
  const rest = cluster(960, picture(0, true), picture(40));
  /** behind which a search can be sure */
  const tail = cluster(5000, ...Array.from({ length: 100 }, (_, n) => picture(n)));

  it('costs what is broken alone, and is counted', () => {
    const rubbish = Buffer.alloc(700, 0x55);
    const parts = played(...good, rubbish, rest, tail);
    expect(lost(parts)).toBe(rubbish.length);
    expect(kinds(parts)).toContain('gap');
    expect(told(parts)).toEqual(told(played(...good, rest, tail)));
  });

  it.each([
    ['a Cluster without a size', '1f43b67500'],
    ['a Cluster that holds none of what one holds', '1f43b67581ff'],
    ['an EBML header that holds none of what one holds', '1a45dfa39f77'],
    ['an EBML header longer than any', '1a45dfa37ffe42'],
  ])('does not make it begin at something that only looks like %s', (_, start) => {
    const like = Buffer.concat([Buffer.of(0), Buffer.from(start, 'hex'), Buffer.alloc(30)]);
    const parts = played(...good, like, rest, tail);
    expect(lost(parts)).toBe(like.length);
    expect(told(parts)).toEqual(told(played(...good, rest, tail)));
  });

  it.each([1, 2, 3, 11, 12, 13])('of %i bytes costs no more than these', (length) => {
    for (const value of [0, 0x01, 0x1f, 0x43, 0x55, 0xa5, 0xff]) {
      const parts = played(...good, Buffer.alloc(length, value), rest, tail);
      expect(lost(parts)).toBe(length);
      expect(told(parts)).toEqual(told(played(...good, rest, tail)));
    }
  });

  it.each([
    [
      'a block longer than its cluster',
      element('1f43b675', [timestamp(9), Buffer.from('a3', 'hex'), size(900), Buffer.alloc(50)]),
    ],
    ['a block of unknown size', openCluster(9, endless('a3', Buffer.alloc(50)))],
    ['a group of unknown size', openCluster(9, endless('a0', Buffer.alloc(50)))],
    ['a block of 64-bit size', openCluster(9, Buffer.from('a301fffffffffffff0', 'hex'), Buffer.alloc(50))],
    ['a block too short to be one', cluster(9, element('a3', Buffer.of(0x81, 0, 0)))],
    ['a block of no track', cluster(9, simple(5, 0))],
    ['a block before its cluster has a time', element('1f43b675', [picture(0), timestamp(9)])],
    ['a group without a block', cluster(9, element('a0', [element('9b', uint(40))]))],
    ['a group that holds more than it says', cluster(9, element('a0', Buffer.from('a1ff', 'hex')))],
    [
      'a time that cannot be counted on from',
      element('1f43b675', [element('e7', Buffer.from('18000000000000', 'hex')), picture(0)]),
    ],
    ['a time that cannot be counted', element('1f43b675', [element('e7', Buffer.alloc(8, 0xff)), picture(0)])],
    ['a Segment in a cluster of its own', element('1f43b675', [timestamp(9), element('e0', picture(0))])],
    ['blocks behind the end of their cluster', Buffer.concat([cluster(9), picture(0)])],
    ['a Void of 2^50 bytes', openCluster(9, Buffer.from('ec0104000000000000', 'hex'))],
    ['Cues of 2^50 bytes', Buffer.from('1c53bb6b0104000000000000', 'hex')],
  ])('by %s does not keep the next cluster from being sent', (_, broken) => {
    const parts = played(...good, broken, rest, tail);
    expect(told(parts)).toEqual(told(played(...good, rest, tail)));
    expect(lost(parts)).toBeGreaterThan(0);
    expect(kinds(parts)).toContain('gap');
  });

  it('by a cluster that was cut short shows as a gap', () => {
    const whole = cluster(9, picture(0), picture(40));
    const parts = played(...good, whole.subarray(0, whole.length - picture(40).length), rest);
    expect(told(parts)).toEqual([...told(played(...good)), '1@9', ...told(played(rest))]);
    expect(kinds(parts)).toContain('gap');
  });

  it('is searched through to the next stream, whose header comes first', () => {
    const other = mkv().video(1, { setUp: 'other' });
    const parts = played(...good, Buffer.alloc(5000, 3), other.header(), rest, tail);
    expect(headers(parts)).toHaveLength(2);
    expect(lost(parts)).toBe(5000);
  });

  it('without end is no Matroska', () => {
    const endlessly = Buffer.alloc(33 * 1024 * 1024, 0x55);
    expect(() => played(...good, endlessly)).toThrow(/no Cluster begins in 32 MiB/);
  });
});
