import { describe, expect, it } from 'vitest';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { headers, units } from '../../support/framing.ts';
import { AUDIO, film, idr, language, PMT, radio, ts, type Ts, VIDEO } from '../../support/ts.ts';
import { PACKET, pes } from '../../support/ts-packet.ts';
import { counters, losses, parts, references, sent, spliced, stamps } from './reading.ts';

const WRAP = 2 ** 33;
/** Two seconds: pictures and sound 200 ms apart. */
const feed = (shape: Parameters<typeof ts>[0] = {}): Ts => ts(shape).tables().second(0).tables().second(1000);
const ms = (ticks: readonly number[]) => ticks.map((at) => Math.round(at / 90));
/** the shorter way round */
const steps = (times: readonly number[]) =>
  times.slice(1).map((at, n) => ((at - (times[n] ?? 0) + 1.5 * WRAP) % WRAP) - WRAP / 2);

const raise = () => {
  throw new Error('there is a header');
};

/** What is wrong for a player: counters and times that do not go on. */
function faults(bytes: Buffer): string[] {
  const told = Object.entries(losses(parts(bytes))).map(([what, count]) => `${count} ${what}`);
  for (const pid of [VIDEO, AUDIO]) {
    const dts = stamps(bytes, pid).map((both) => both.dts);
    if (steps(dts).some((step) => step <= 0)) told.push(`stamps of ${pid} go back`);
  }
  if (steps(references(bytes)).some((step) => step <= 0)) told.push('the clock goes back');
  return told;
}

describe('a stream that runs without a break', () => {
  it('passes untouched, also over the wrap of its clock', () => {
    const whole = feed({ beginTicks: WRAP - 90 * 900 }).bytes;
    const before = parts(whole);
    spliced([0, whole]).forEach((part, n) => expect(part).toEqual(before[n]));
  });
});

describe('a source that comes back with the same tables', () => {
  it('goes on later by the time that passed, with counters and clock of what went before', () => {
    const out = spliced([0, feed().bytes], [7000, feed({ counter: 5 }).bytes]);
    const bytes = sent(out);
    expect(faults(Buffer.concat([headers(out)[0] ?? bytes, bytes]))).toEqual([]);
    expect(ms(references(bytes))).toEqual(
      [...Array(10).keys()].flatMap((n) => 200 * n).concat([...Array(10).keys()].map((n) => 7000 + 200 * n)),
    );
    expect(
      units(out)
        .flatMap(({ atMs }) => atMs ?? [])
        .toSorted((a, b) => a - b),
    ).toEqual(units(out).map(({ atMs }) => atMs));
    expect(new Set(headers(out).map((header) => header.toString('hex'))).size).toBe(1);
  });

  it('does not hide what it has lost itself', () => {
    const { bytes } = feed({ counter: 5 });
    const at = bytes.length - 6 * PACKET;
    const damaged = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + PACKET)]);
    const [before, after] = [damaged, sent(spliced([0, feed().bytes], [7000, damaged]))].map((all) =>
      losses(parts(all)),
    );
    expect(before).not.toEqual({});
    expect(after).toEqual(before);
  });

  it('keeps pictures and sound in step, and both behind the clock as they were', () => {
    const bytes = sent(spliced([0, feed().bytes], [7000, feed({ beginTicks: 90 * 300_000 }).bytes]));
    const [video, audio] = [stamps(bytes, VIDEO), stamps(bytes, AUDIO)];
    expect(video.map(({ dts }, n) => dts - (audio[n]?.dts ?? 0))).toEqual(Array(20).fill(0));
    expect(video.map(({ pts, dts }) => pts - dts)).toEqual(Array(20).fill(90 * 80));
    expect(references(bytes).map((at, n) => (video[n]?.dts ?? 0) - at)).toEqual(Array(20).fill(90 * 500));
  });

  it('goes on a picture later at least, when no time has passed, again and again', () => {
    const loop = feed().bytes;
    const out = spliced([0, loop], [1800, loop], [3600, loop]);
    expect(faults(sent(out))).toEqual([]);
    expect(steps(ms(stamps(sent(out), VIDEO).map(({ dts }) => dts)))).toSatisfy((all: number[]) =>
      all.every((step) => step >= 200 && step <= 300),
    );
  });

  it('does not go on after a pause because there is one in it', () => {
    const slides = ts().tables().second(0).second(30_000).bytes;
    const bytes = sent(spliced([0, slides], [31_000, slides], [62_000, slides]));
    for (const times of [references(bytes), ...[VIDEO, AUDIO].map((pid) => stamps(bytes, pid).map(({ dts }) => dts))])
      expect(ms(steps(times)).filter((step) => step !== 200)).toEqual([29_200, 29_200, 29_200]);
  });

  it('counts on from a packet that carries nothing', () => {
    const bare = ts({ counter: 7 }).tables().key(0).packet({ pid: AUDIO, randomAccess: true }).sound(0);
    const counted = counters(sent(spliced([0, feed().bytes], [7000, bare.bytes])), AUDIO);
    expect(steps(counted).filter((step) => (step & 15) !== 1)).toEqual([0]);
  });

  it('is shown nothing before what was shown already, although it came early', () => {
    const early = ts().tables().key(0).sound(0);
    early.sound(3000).key(200);
    const out = spliced([0, early.bytes], [300, feed().bytes]);
    expect(faults(sent(out))).toEqual([]);
    const shown = stamps(sent(out), AUDIO).map(({ pts }) => pts);
    expect(steps(shown).every((step) => step > 0)).toBe(true);
  });

  it('passes with its own times if its clock went on, as after a break in the network, and new counters all the same', () => {
    const later = ts({ counter: 3 }).tables().second(6000);
    const out = spliced([0, feed().bytes], [6100, later.bytes]);
    expect(faults(sent(out))).toEqual([]);
    expect(ms(references(sent(out))).slice(10)).toEqual([6000, 6200, 6400, 6600, 6800]);
  });

  it('goes on over the wrap of the clock', () => {
    const late = feed({ beginTicks: WRAP - 90 * 2500 });
    const out = spliced([0, late.bytes], [2000, feed({ beginTicks: 90 * 100_000 }).bytes]);
    const times = units(out).map(({ atMs }) => atMs ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(3800);
    expect(references(sent(out)).at(-1)).toBe(90 * 1300);
    expect(faults(sent(out))).toEqual([]);
  });

  it('goes on by its pictures where it has no clock references at all', () => {
    const bare = ts({ programs: [{ ...film, pcrPid: 0x1fff }], beginTicks: 90 * 36_000_000 });
    bare.tables().second(0).tables().second(1000);
    const times = units(spliced([0, bare.bytes], [2000, bare.bytes], [9000, bare.bytes])).map(({ atMs }) => atMs ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect([times[0], times.at(-1)]).toEqual([36_000_500, 36_000_500 + 9000 + 1800]);
  });

  it('has the clock of what it was made from moved along', () => {
    const made = ts()
      .tables()
      .key(0, { opcr: 90 * 40 })
      .second(200);
    const out = spliced([0, feed().bytes], [7000, made.bytes]);
    const packet = units(out)
      .find(({ join, atMs }) => join && atMs === 7000)
      ?.bytes.subarray(0, PACKET);
    expect(packet && BigInt(`0x${packet.toString('hex', 12, 18)}`) >> 15n).toBe(BigInt(90 * 7040));
    expect(packet?.readUInt8(5)).toBe(0x58);
  });

  it('is moved by its pictures where the clock only comes after them', () => {
    const bare = ts().tables();
    for (const at of [0, 200, 400, 600]) {
      if (at % 400 === 0) bare.key(at, { pcr: undefined as never });
      bare.sound(at).packet({ pid: VIDEO, pcr: bare.ticks(at + 20) });
    }
    const out = spliced([0, bare.bytes], [5000, bare.bytes]);
    expect(faults(sent(out))).toEqual([]);
    const [first, second] = [stamps(sent(out), VIDEO)[0], stamps(sent(out), VIDEO)[2]];
    expect(((second?.dts ?? 0) - (first?.dts ?? 0)) / 90).toBeGreaterThanOrEqual(5000 - 600);
  });

  it('has no clock that goes back where its pictures lead it by more than before', () => {
    const wide = ts().tables();
    for (const at of [0, 200, 400]) {
      wide.key(at, { pcr: undefined as never, leadMs: 1500 }).sound(at + 1000);
      wide.packet({ pid: VIDEO, pcr: wide.ticks(at + 20) });
    }
    expect(faults(sent(spliced([0, feed().bytes], [1800, wide.bytes])))).toEqual([]);
  });

  it('is shown after the latest picture, which need not be the last, and decoded after the last', () => {
    const ordered = ts().tables().key(0).picture(200, { shownMs: 900 }).picture(400, { shownMs: 0 });
    const shown = stamps(sent(spliced([0, ordered.bytes], [600, feed().bytes])), VIDEO).map(({ pts }) => pts);
    expect(shown[3]).toBeGreaterThan(Math.max(...shown.slice(0, 3)));
    const deep = ts().tables().key(0, { leadMs: 100, shownMs: 2000 }).picture(200, { leadMs: 100, shownMs: 2000 });
    expect(faults(sent(spliced([0, feed().bytes], [1800, deep.bytes])))).toEqual([]);
  });

  it('keeps its bytes where a packet has too little of a picture for its times', () => {
    const short = ts().tables().key(0);
    const whole = pes({ streamId: 0xe0, pts: 1, dts: 1, data: idr });
    short.packet({ pid: VIDEO, start: true, randomAccess: true, payload: whole.subarray(0, 12) });
    short.packet({ pid: VIDEO, payload: Buffer.alloc(184, 0x77) });
    const bytes = sent(spliced([0, feed().bytes], [7000, short.bytes]));
    expect(bytes.subarray(-184)).toEqual(Buffer.alloc(184, 0x77));
    expect(bytes.subarray(-PACKET - 12, -PACKET)).toEqual(whole.subarray(0, 12));
  });

  it('has newcomers get tables that are counted on too', () => {
    const out = spliced([0, feed().bytes], [7000, feed({ counter: 11 }).bytes]);
    const all = units(out);
    all.forEach(({ lead }, n) => {
      if (!lead) return;
      const got = Buffer.concat([lead, ...all.slice(n).map(({ bytes }) => bytes)]);
      for (const pid of [0, PMT]) {
        expect(steps(counters(got, pid)).every((step) => (step & 15) === 1)).toBe(true);
      }
    });
  });
});

describe('an encoder that begins its clock anew without a word', () => {
  it('does not make times run backwards', () => {
    const both = Buffer.concat([feed({ beginTicks: 90 * 50_000 }).bytes, feed({ beginTicks: 90 * 1000 }).bytes]);
    const out = spliced([0, both]);
    const times = references(sent(out));
    expect(steps(times).every((step) => step > 0 && step < 90 * 5000)).toBe(true);
  });
});

describe('damage', () => {
  it('after which clock and counters stand elsewhere does not run time backwards, nor look like more damage', () => {
    const splice = mpegts.splice();
    const before = parts(ts().tables().second(0).bytes).map((part) => splice(part, 0));
    const back = units(parts(ts({ counter: 9 }).tables().second(300).bytes));
    const after = [{ kind: 'gap' } as const, ...back].map((part) => splice(part, 1000));
    expect(faults(Buffer.concat([headers(before)[0] ?? raise(), sent([...before, ...after])]))).toEqual([]);
  });
});

describe('other tables', () => {
  it('are told under another version also where the clock has gone on by itself', () => {
    const sound = ts({ programs: [radio], counter: 1 }); // the last ones were 1, and these are read into the header
    sound.tables().sound(5000, { pcr: sound.ticks(5000) });
    sound.tables().sound(5200, { pcr: sound.ticks(5200) });
    const out = spliced([0, feed().bytes], [5000, sound.bytes]);
    expect(headers(parts(sent(out).subarray(-4 * PACKET)))).toEqual([headers(out)[1]]);
  });

  it('are another header under another version, if the encoder gave them none: VLC goes by that', () => {
    const sound = ts({ programs: [radio] })
      .tables()
      .sound(0, { pcr: 0 })
      .tables()
      .sound(200, { pcr: 18_000 });
    const out = spliced([0, feed().bytes], [5000, sound.bytes]);
    const [first, second] = headers(out);
    const version = (bytes: Buffer | undefined, at: number) => ((bytes?.readUInt8(at * PACKET + 10) ?? 0) >> 1) & 31;
    expect([version(first, 0), version(first, 1)]).toEqual([0, 0]);
    // The list of programs is what it was.
    expect([version(second, 0), version(second, 1)]).toEqual([0, 1]);
    const inStream = sent(out).subarray(-4 * PACKET);
    expect(headers(parts(inStream))).toEqual([second]);
  });

  it('keep the version that a new one got by itself', () => {
    const other = { ...film, streams: [{ type: 0x24, pid: VIDEO }] };
    const bumped = ts({ programs: [other], version: 4 })
      .tables()
      .key(0);
    expect(headers(spliced([0, feed().bytes], [5000, bumped.bytes]))[1]).toEqual(headers(parts(bumped.bytes))[0]);
  });

  it('come back under a version that was not there last', () => {
    const sound = ts({ programs: [radio] })
      .tables()
      .sound(0, { pcr: 0 });
    const out = spliced([0, feed().bytes], [5000, sound.bytes], [9000, feed().bytes], [15_000, sound.bytes]);
    const versions = headers(out).map((header) => (header.readUInt8(PACKET + 10) >> 1) & 31);
    expect(versions).toEqual([0, 1, 2, 3]);
  });

  it('are not: another language, another order of versions', () => {
    const eng = { ...film, streams: [film.streams[0]!, { type: 0x0f, pid: AUDIO, descriptors: language('eng') }] };
    const out = spliced([0, feed().bytes], [5000, feed({ programs: [eng], version: 9 }).bytes]);
    expect(headers(out)[1]).toBe(headers(out)[0]);
  });
});
