// What nobody's muxer writes: it may end with an error that tells why, or be passed over, but costs bounded memory and time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Part } from '../../../src/containers/container.ts';
import { Framer } from '../../../src/containers/framer.ts';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { PumpError } from '../../../src/errors.ts';
import { framed, headers, lost, sample, units } from '../../support/framing.ts';
import { mkv, scenes } from '../../support/matroska.ts';
import { cluster, element, endless, openCluster, simple, size, timestamp } from '../../support/matroska-elements.ts';

const film = mkv().video(1).audio(2);
const MIB = 1024 * 1024;

/** All the way to a viewer; returns what it was refused with, or its parts. */
function served(bytes: Buffer): Part[] | PumpError {
  try {
    const splice = matroska.splice();
    const parts = framed(matroska, bytes, chunks()).parts.map((part, n) => splice(part, 40 * n));
    for (const header of headers(parts)) {
      matroska.wires[0].dress(header);
      matroska.tracks(header);
    }
    return parts;
  } catch (error) {
    if (error instanceof PumpError) return error;
    throw error;
  }
}

function* chunks(): Generator<number> {
  for (;;) yield 1448;
}

describe('captures of real programs, changed at random', () => {
  it.each(['ffmpeg-webm-live-start.webm', 'mkvmerge-laced-and-compressed.mkv', 'gstreamer-streamable.mkv'])(
    '%s: each ends with a reason or goes on',
    (file) => {
      const whole = sample(`matroska/${file}`);
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      const harmless = fc.property(
        fc.array(change, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (changes, early) => {
          const damaged = Buffer.from(whole);
          for (const [at, value] of changes) damaged[early ? at % 5000 : at] = value;
          const outcome = served(damaged);
          if (outcome instanceof PumpError) expect(outcome.message).toMatch(/^\S.*\S$/);
          else
            expect(units(outcome).reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(1.3 * whole.length);
        },
      );
      fc.assert(harmless, { seed: 20_261_121, numRuns: 120 });
    },
  );
});

describe('memory', () => {
  /** the most that was held while this came in small pieces */
  function mostHeld(bytes: Buffer): number {
    const framer = new Framer(matroska);
    let most = 0;
    for (let at = 0; at < bytes.length; at += 65_536) {
      for (const _ of framer.push(bytes.subarray(at, at + 65_536)));
      most = Math.max(most, framer.heldBytes);
    }
    return most;
  }

  it('is not filled by a block larger than any', () => {
    const large = openCluster(0, Buffer.concat([Buffer.from('a3', 'hex'), size(17 * MIB)]), Buffer.alloc(17 * MIB));
    expect(mostHeld(Buffer.concat([film.header(), large]))).toBeLessThan(MIB);
  });

  it('is not filled by what is passed over: attachments, Void, Cues', () => {
    const heavy = [element('ec', Buffer.alloc(20 * MIB)), element('1c53bb6b', Buffer.alloc(20 * MIB))];
    const attached = element('1941a469', [element('61a7', Buffer.alloc(20 * MIB))]);
    expect(mostHeld(Buffer.concat([film.other(...heavy, attached).header(), cluster(0, simple(1, 0))]))).toBeLessThan(
      MIB,
    );
  });

  it('is not filled by sound that never ends a unit', () => {
    const parts = framed(
      matroska,
      Buffer.concat([film.header(), cluster(0, ...Array.from({ length: 5000 }, () => simple(2, 0, { bytes: 1000 })))]),
    ).parts;
    expect(Math.max(...units(parts).map(({ bytes }) => bytes.length))).toBeLessThan(100_000);
  });
});

describe('time', () => {
  it('is not lost on what begins like a Cluster again and again', () => {
    const like = Buffer.from('1f43b67581e7', 'hex');
    const begun = Buffer.concat([film.header(), cluster(0, simple(1, 0)), Buffer.alloc(2 * MIB, like)]);
    expect(lost(framed(matroska, begun, chunks()).parts)).toBeGreaterThan(300_000);
  });

  it('is not lost on ids that begin nothing', () => {
    for (const id of ['1f43b675', '1f43b67500', '1a45dfa300', '1f43b6751a45dfa3', '1a45dfa31f43b675ff']) {
      const rubbish = Buffer.alloc(2 * MIB, Buffer.from(id, 'hex'));
      const outcome = served(Buffer.concat([film.header(), cluster(0, simple(1, 0)), Buffer.of(0), rubbish]));
      if (!(outcome instanceof PumpError)) expect(units(outcome)).toHaveLength(1);
    }
  });

  it('is not lost on clusters with nothing in them, or elements of no bytes', () => {
    const empty = [Buffer.alloc(MIB, cluster(0)), openCluster(0, Buffer.alloc(MIB, Buffer.from('ec80', 'hex')))];
    const parts = framed(matroska, Buffer.concat([film.header(), ...empty, ...scenes(8)]), chunks()).parts;
    expect(units(parts)).toHaveLength(8);
  });
});

describe('depth', () => {
  it('leads nowhere: nothing is read deeper than Matroska goes', () => {
    const nested = (id: string, inner: Buffer) => {
      let whole = inner;
      for (let depth = 0; depth < 3000; depth++) whole = element(id, whole);
      return whole;
    };
    const tags = element('1254c367', [element('7373', [nested('67c8', Buffer.alloc(0))])]);
    const grouped = element('a0', nested('a0', simple(1, 0)));
    const parts = framed(
      matroska,
      Buffer.concat([film.other(tags).header(), cluster(0, grouped), ...scenes(8), ...scenes(200)]),
    ).parts;
    expect(headers(parts)).toHaveLength(1);
    expect(units(parts).length).toBeGreaterThan(200);
  });

  it('of open clusters within open clusters is none', () => {
    const within = Array.from({ length: 3000 }, () => endless('1f43b675'));
    const { parts } = framed(matroska, Buffer.concat([film.header(), ...within, timestamp(7), simple(1, 0)]));
    expect(units(parts).map(({ atMs }) => atMs)).toEqual([7]);
  });

  it('of Segments and EBML headers is none', () => {
    const within = Array.from({ length: 1000 }, () => Buffer.concat([film.ebml(), endless('18538067')]));
    const { parts } = framed(matroska, Buffer.concat([...within, film.header(), ...scenes(8)]));
    expect(headers(parts)).toHaveLength(1);
    expect(units(parts)).toHaveLength(8);
  });
});
