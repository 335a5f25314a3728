import { describe, expect, it } from 'vitest';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { framed, headers, joins, units } from '../../support/framing.ts';
import { mkv, scenes } from '../../support/matroska.ts';
import {
  cluster,
  element,
  endless,
  group,
  openCluster,
  simple,
  timestamp,
  uint,
} from '../../support/matroska-elements.ts';
import { blocks, film, kinds, picture, played, told } from './playing.ts';
import { blocksOf } from './reading.ts';

const sound = (relative: number) => simple(2, relative, { key: true });

describe('units', () => {
  it('do not wait for the end of a long cluster: each picture goes on with the sound before it', () => {
    const whole = Buffer.concat([
      film.header(),
      cluster(0, sound(0), sound(20), picture(30, true), sound(40), picture(70)),
    ]);
    const { parts } = framed(matroska, whole.subarray(0, -1));
    expect(units(parts).map(({ bytes }) => blocksOf(bytes).blocks.map(({ track }) => track))).toEqual([[2, 2, 1]]);
    expect(units(framed(matroska, whole).parts)).toHaveLength(2);
  });

  it('can be begun at wherever a key frame of the picture stands, in the middle of a cluster too', () => {
    const parts = played(cluster(0, sound(0), picture(0), picture(40), sound(70), picture(80, true), picture(120)));
    expect(joins(parts)).toEqual([2]);
    const [first] = units(parts).slice(2);
    expect(blocksOf(first?.bytes ?? Buffer.alloc(0))).toMatchObject({
      timestamp: 70,
      blocks: [
        { track: 2, at: 70 },
        { track: 1, at: 80 },
      ],
    });
  });

  it('are not begun at key frames of the sound or of a second picture', () => {
    const { parts } = framed(
      matroska,
      Buffer.concat([film.video(3).header(), cluster(0, sound(0), simple(3, 0, { key: true }), picture(0))]),
    );
    expect(joins(parts)).toEqual([]);
  });

  it('take a block in a group for a key frame where it refers to no other', () => {
    const parts = played(cluster(0, group(1, 0), group(1, 40, { key: true }), group(1, 80)));
    expect(joins(parts)).toEqual([1]);
  });

  it('hold a tenth of a second of sound where there is no picture, and less at the end of a cluster', () => {
    const music = mkv().audio(2);
    const times = [0, 20, 40, 60, 80, 100, 120, 140];
    const { parts } = framed(matroska, Buffer.concat([music.header(), cluster(500, ...times.map(sound))]));
    expect(units(parts).map(({ atMs }) => atMs)).toEqual([500, 620]);
    expect(joins(parts)).toEqual([0, 1]);
  });

  it('keep no sound back in a cluster without a size, which may end with any block', () => {
    expect(told(played(openCluster(0, picture(0, true), sound(0), sound(20))))).toEqual(['1@0', '2@0', '2@20']);
  });

  it('do not wait for a picture when there is more sound than one would keep', () => {
    const parts = played(cluster(0, ...Array.from({ length: 200 }, () => sound(0)), picture(0, true)));
    expect(units(parts).length).toBeGreaterThan(3);
    expect(blocks(parts)).toHaveLength(201);
  });

  it('have the times that the blocks had, before the beginning and at both ends of what a block can say', () => {
    expect(told(played(cluster(5, sound(-12), picture(0, true))))).toEqual(['2@-7', '1@5']);
    const wide = [sound(-32_768), sound(32_767), picture(0)];
    expect(told(played(cluster(40_000, ...wide)))).toEqual(['2@7232', '2@72767', '1@40000']);
  });

  it('are timed by the scale of the stream', () => {
    const fine = mkv({ scale: 100_000 }).video(1);
    const { parts } = framed(matroska, Buffer.concat([fine.header(), cluster(12_340, picture(5, true))]));
    expect(units(parts)[0]?.atMs).toBeCloseTo(1234.5);
  });

  it('carry laces and flags as they came', () => {
    const lace = Buffer.concat([Buffer.of(1, 10), Buffer.alloc(30, 7)]);
    for (const flags of [0x02, 0x04, 0x06, 0x09]) {
      const [block] = blocks(played(cluster(0, simple(1, 0, { flags, payload: lace }))));
      expect(block).toMatchObject({ flags, payload: lace });
    }
  });
});

describe('elements', () => {
  const some = [sound(0), picture(0, true), sound(40), picture(40)];

  it('of unknown size end where something begins that cannot be within them', () => {
    const all = ['2@0', '1@0', '2@40', '1@40'];
    const second = all.map((block) => block.replace(/\d+$/, (at) => String(100 + Number(at))));
    expect(told(played(openCluster(0, ...some), openCluster(100, ...some)))).toEqual([...all, ...second]);
    const cues = element('1c53bb6b', Buffer.alloc(40));
    const parts = played(openCluster(0, ...some), cues, element('1254c367', Buffer.alloc(0)), cluster(100, ...some));
    expect(told(parts)).toEqual([...all, ...second]);
    expect(kinds(parts)).not.toContain('gap');
  });

  it('may have sizes longer than they need, and unknown sizes of every length', () => {
    const held = Buffer.concat([timestamp(0), ...some]);
    const wide = played(...[1, 2, 3, 4, 5, 6, 7, 8].map((width) => element('1f43b675', cut(held, width), width)));
    expect(blocks(wide).length).toBeGreaterThan(8);
    expect(kinds(wide)).not.toContain('loss');
    for (const unknown of ['ff', '7fff', '3fffff', '1fffffff', '0fffffffff', '07ffffffffff', '03ffffffffffff']) {
      const parts = played(Buffer.concat([Buffer.from(`1f43b675${unknown}`, 'hex'), held]), cluster(90, ...some));
      expect(told(parts)).toHaveLength(8);
      expect(kinds(parts)).not.toContain('gap');
    }
  });

  it('that mean nothing live are left out of clusters: CRC-32, Void, Position, PrevSize', () => {
    const crc = element('bf', Buffer.alloc(4, 9));
    const nothing = element('ec', Buffer.alloc(300));
    const position = element('a7', uint(70_000));
    const stale = element('ab', uint(1234));
    const dirty = element('1f43b675', [crc, timestamp(0), position, stale, nothing, ...some, nothing]);
    expect(played(dirty, nothing, crc)).toEqual(played(cluster(0, ...some)));
  });

  it('that belong to a file alone may stand before the first cluster and behind the last', () => {
    const { parts, held } = framed(matroska, film.file(cluster(0, ...some)));
    expect(held).toBe(0);
    expect(parts).toEqual(played(cluster(0, ...some)));
  });

  it('of a later Matroska before the first cluster are passed over', () => {
    const later = mkv()
      .video(1)
      .audio(2)
      .other(element('1b538667', Buffer.alloc(99)));
    expect(framed(matroska, Buffer.concat([later.header(), cluster(0, ...some)])).parts).toEqual(
      played(cluster(0, ...some)),
    );
  });
});

describe('another stream behind the first', () => {
  const other = mkv().video(1, { setUp: 'other' }).audio(2);

  it('begins with its own header, whether the last cluster of the first was whole, torn or without an end', () => {
    const next = Buffer.concat([other.header(), cluster(0, picture(0, true))]);
    for (const before of [
      cluster(0, picture(0, true)),
      openCluster(0, picture(0, true)),
      endless('1f43b675', timestamp(0)),
    ]) {
      const parts = played(before, next);
      expect(headers(parts)).toHaveLength(2);
      expect(told(parts).at(-1)).toBe('1@0');
    }
  });

  it('is told of when only its Tracks come again, and not when they are the same', () => {
    const again = (tracks: Buffer) => headers(played(...scenes(4), film.info(), tracks, ...scenes(4)));
    expect(again(film.tracks())).toHaveLength(1);
    expect(again(other.tracks())).toHaveLength(2);
  });

  it('is told of even when it is the same, since its clock begins anew', () => {
    expect(headers(played(...scenes(4), film.header(), ...scenes(4)))).toHaveLength(2);
  });
});

/** As much of it as a size of this width can tell. */
function cut(held: Buffer, width: number): Buffer {
  return width === 1 ? held.subarray(0, timestamp(0).length + sound(0).length) : held;
}
