import { describe, expect, it } from 'vitest';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { headers } from '../../support/framing.ts';
import { AUDIO, film, type ProgramShape, radio, ts, VIDEO } from '../../support/ts.ts';
import { counters, joinsAt, losses, packetsOf, parts, pidOf, sent } from './reading.ts';

const NEWS = 0x200;
const NEWS_SOUND = 0x201;
const NEWS_CLOCK = 0x202;
const NEWS_PMT = 0x1100;
const news: ProgramShape = {
  number: 28_106,
  pmtPid: NEWS_PMT,
  pcrPid: NEWS_CLOCK,
  streams: [
    { type: 0x1b, pid: NEWS },
    { type: 0x03, pid: NEWS_SOUND },
  ],
};

function multiplex(programs: readonly ProgramShape[] = [film, news], version = 0) {
  const stream = ts({ programs, counter: 5, version });
  for (let second = 0; second < 3; second++) {
    stream.tables().sdt({ 1: 'Film', 28_106: 'News', 9: 'Elsewhere' }).stuffing();
    for (let n = 0; n < 5; n++) {
      const ms = 1000 * second + 200 * n;
      if (n === 0) stream.key(ms).key(ms, { pid: NEWS });
      else stream.picture(ms).picture(ms, { pid: NEWS });
      stream
        .sound(ms)
        .sound(ms, { pid: NEWS_SOUND })
        .packet({ pid: NEWS_CLOCK, pcr: stream.ticks(ms) });
      stream
        .packet({ pid: 0x12, start: true, payload: Buffer.alloc(184, 0xff) })
        .packet({ pid: 0x300, payload: Buffer.alloc(9) });
    }
  }
  return stream;
}

const only = (bytes: Buffer, pids: readonly number[]) =>
  Buffer.concat(packetsOf(bytes).filter((packet) => pids.includes(pidOf(packet))));

describe('one program of several', () => {
  const stream = multiplex();
  const out = parts(stream.bytes, { program: 28_106 });

  it('is a stream of its own: its tables, its streams, its clock and its name, and nothing else', () => {
    const [header] = headers(out);
    expect(mpegts.tracks(header ?? stream.bytes).map(({ id }) => id)).toEqual([NEWS, NEWS_SOUND]);
    expect(header).toEqual(ts({ programs: [news] }).tables().bytes);
    const pids = new Set(packetsOf(sent(out)).map(pidOf));
    expect([...pids].toSorted((a, b) => a - b)).toEqual([0, 0x11, NEWS, NEWS_SOUND, NEWS_CLOCK, NEWS_PMT]);
    expect(losses(out)).toEqual({});
  });

  it('is passed byte for byte, from its first key frame on', () => {
    const own = [NEWS, NEWS_SOUND, NEWS_CLOCK, NEWS_PMT];
    const all = only(stream.bytes, own);
    const passed = only(sent(out), own);
    expect(passed.equals(all.subarray(-passed.length))).toBe(true);
    expect(joinsAt(out)).toHaveLength(3);
    expect(all.length - passed.length).toBe(188); // the first PMT is in the header
  });

  it('has tables that count on, each time with the program alone', () => {
    const pats = only(sent(out), [0]);
    const again = ts({ programs: [news] })
      .pat()
      .pat()
      .pat()
      .packets.slice(1);
    expect(pats).toEqual(Buffer.concat(again));
    expect(counters(sent(out), 0x11)).toEqual([1, 2].slice(-counters(sent(out), 0x11).length));
    expect(only(sent(out), [0x11]).includes('News')).toBe(true);
    expect(only(sent(out), [0x11]).includes('Film')).toBe(false);
  });

  it('counts nothing as lost that is lost of others, and its own losses as ever', () => {
    const packets = [...stream.packets];
    const lose = (pid: number) => packets.splice(packets.findLastIndex((packet) => pidOf(packet) === pid) - 1, 1);
    lose(VIDEO);
    expect(losses(parts(Buffer.concat(packets), { program: 28_106 }))).toEqual({});
    packets.splice(
      packets.findIndex((packet, n) => n > 60 && pidOf(packet) === NEWS),
      1,
    );
    expect(losses(parts(Buffer.concat(packets), { program: 28_106 }))).toEqual({ 'continuity errors': 1 });
  });

  it('without a clock is left without the stuffing that stands for it', () => {
    const still = { ...news, pcrPid: 0x1fff };
    const out = parts(multiplex([film, still]).bytes, { program: 28_106 });
    expect(packetsOf(sent(out)).map(pidOf)).not.toContain(0x1fff);
    expect(packetsOf(sent(out)).map(pidOf)).toContain(NEWS_SOUND);
  });

  it('that changes its streams goes on with the new ones alone', () => {
    const other = { ...news, streams: [{ type: 0x1b, pid: 0x210 }], pcrPid: 0x210 };
    const both = multiplex();
    const next = ts({ programs: [film, other], version: 1 })
      .tables()
      .key(4000, { pid: 0x210 })
      .key(4000, { pid: NEWS });
    const out = parts(Buffer.concat([both.bytes, next.bytes]), { program: 28_106 });
    expect(headers(out)).toHaveLength(2);
    const after = out.slice(out.findLastIndex(({ kind }) => kind === 'header'));
    expect([...new Set(packetsOf(sent(after)).map(pidOf))]).toEqual([0x210]);
  });
});

describe('a program that is not there', () => {
  it('is told with those that are', () => {
    expect(() => parts(multiplex().bytes, { program: 7 })).toThrow(
      'program 7 is not in this stream, which has programs 1, 28106',
    );
    const many = Array.from({ length: 40 }, (_, n) => ({ ...radio, number: n + 1, pmtPid: 0x1000 + n }));
    expect(() => parts(ts({ programs: many }).pat().bytes, { program: 99 })).toThrow(/19, 20 and 20 more/);
  });

  it('is told when it is listed only', () => {
    const stream = ts({ programs: [film, news] });
    stream.pat().pmt(film);
    const second = ts({ programs: [film] }).second(0).bytes;
    const long = Buffer.concat([stream.bytes, ...Array.from({ length: 3000 }, () => second)]);
    expect(() => parts(long, { program: 28_106 })).toThrow(/listed in this stream, but nothing of it comes/);
  });

  it('is told when it goes while it is on the air', () => {
    const gone = ts({ programs: [film], version: 1 }).pat();
    expect(() => parts(Buffer.concat([multiplex().bytes, gone.bytes]), { program: 28_106 })).toThrow(
      /not in this stream/,
    );
  });
});

describe('stuffing', () => {
  const stream = ts().tables().second(0).stuffing().second(1000).stuffing().stuffing().sound(2000);

  it('passes byte for byte unless it is chosen not to', () => {
    expect(sent(parts(stream.bytes))).toEqual(Buffer.concat(stream.packets.slice(2)));
  });

  it('is left out where it is chosen to be, and all else is as it was', () => {
    const out = parts(stream.bytes, { dropNull: true });
    expect(sent(out)).toEqual(Buffer.concat(stream.packets.slice(2).filter((packet) => pidOf(packet) !== 0x1fff)));
    expect(pidOf(stream.packets.at(-2) ?? stream.bytes)).toBe(AUDIO);
    expect(losses(out)).toEqual({});
  });
});
