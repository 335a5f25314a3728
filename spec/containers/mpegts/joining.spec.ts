import { describe, expect, it } from 'vitest';
import { framed, headers, units } from '../../support/framing.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { AUDIO, film, idr, language, PMT, radio, slice, type StreamShape, ts, VIDEO } from '../../support/ts.ts';
import { counters, joinsAt, losses, parts, sent } from './reading.ts';

const pictures = (type: number): readonly StreamShape[] => [
  { type, pid: VIDEO },
  { type: 0x0f, pid: AUDIO },
];
const of = (type: number) => ({ programs: [{ ...film, streams: pictures(type) }] });
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** times of the units that one may begin with */
const begun = (bytes: Buffer) => units(parts(bytes)).flatMap(({ join, atMs }) => (join ? [atMs] : []));

describe('where one may begin', () => {
  it('is told by the random access indicator on pictures, never on sound', () => {
    expect(begun(ts().tables().second(0).second(1000).second(2000).bytes)).toEqual([0, 1000, 2000]);
  });

  it('is the first program of several, whatever the others do', () => {
    const second = { number: 2, pmtPid: 0x1100, pcrPid: 0x200, streams: [{ type: 0x1b, pid: 0x200 }] };
    const both = ts({ programs: [film, second] }).tables();
    both.key(0).key(10, { pid: 0x200 }).picture(200).key(250, { pid: 0x200 }).key(400);
    expect(begun(both.bytes)).toEqual([0, 400]);
  });

  it('is at the sound where there are no pictures, whatever else the program has first', () => {
    const streams = [{ type: 0x05, pid: 0x1f0 }, ...radio.streams];
    expect(
      begun(
        ts({ programs: [{ ...radio, streams }] })
          .tables()
          .sound(0)
          .sound(100).bytes,
      ).length,
    ).toBeGreaterThan(0);
  });

  it.each([
    ['H.264, IDR', 0x1b, '00000001 09f0 000001 65', '00000001 09f0 000001 0605ff 000001 41'],
    ['H.264, parameter sets', 0x1b, '000001 67', '000001 68 ee 000001 01'],
    ['HEVC, IDR', 0x24, '00000001 460150 000001 2601', '00000001 460150 000001 0201'],
    ['HEVC, CRA', 0x24, '000001 2a01', '000001 0001'],
    ['HEVC, parameter sets', 0x24, '000001 4001', '000001 4401c1 000001 1201'],
    ['MPEG-2, sequence', 0x02, '000001b3 16', '00000100 00 5f'],
    ['MPEG-2, group', 0x02, '000001b8 00', '00000100 00 5f'],
    ['MPEG-4, sequence', 0x10, '000001b0 01', '000001b6 50'],
  ])('is told by the picture where nobody sets the indicator: %s', (_, type, key, other) => {
    const stream = ts(of(type)).tables();
    const at = (ms: number, es: string) => stream.picture(ms, { es: hex(es) }).sound(ms);
    at(0, other);
    at(200, key);
    at(400, other);
    at(600, key);
    expect(begun(stream.bytes)).toEqual([200, 600]);
  });

  it('is told by the next packet where the first has too little of the picture', () => {
    const stream = ts().tables();
    const long = Buffer.concat([hex('00000001 09f0'), hex('000001 06 05').subarray(0, 5), Buffer.alloc(200, 0x80)]);
    stream.picture(0, { es: Buffer.concat([long, hex('000001 67 64')]) }).sound(0);
    stream.picture(200, { es: Buffer.concat([long, hex('000001 41 9a')]) }).sound(200);
    stream.picture(400, { es: Buffer.concat([long, hex('000001 67 64')]) }).sound(400);
    const out = parts(stream.bytes);
    expect(begun(stream.bytes)).toEqual([0, 400]);
    expect(sent(out)).toEqual(Buffer.concat(stream.packets.slice(2)));
  });

  it('goes by the indicator alone where it is set: some encoders send parameter sets with every picture', () => {
    const stream = ts().tables().key(0).picture(200, { es: idr }).key(400).picture(600, { es: slice });
    expect(begun(stream.bytes)).toEqual([0, 400]);
  });

  it('is not where a picture is scrambled and nothing tells', () => {
    const stream = ts().tables().key(0).picture(200, { scrambled: true });
    expect(joinsAt(parts(stream.bytes))).toEqual([0]);
  });
});

describe('a newcomer', () => {
  const stream = ts({ counter: 7 }).tables().second(0).tables().second(1000).tables().second(2000);
  const out = parts(stream.bytes);

  it('gets tables that are counted so that those in the stream go on from them', () => {
    const all = units(out);
    all.forEach(({ join, lead }, n) => {
      expect(lead !== undefined).toBe(join);
      if (!lead) return;
      const got = Buffer.concat([lead, ...all.slice(n).map(({ bytes }) => bytes)]);
      expect(losses(parts(got))).toEqual({});
      for (const pid of [0, PMT]) expect(counters(got, pid)).toEqual([7, 8, 9].slice(-counters(got, pid).length));
    });
  });

  it('gets tables of several packets counted so too', () => {
    const streams = Array.from({ length: 40 }, (_, n) => ({ type: 3, pid: 0x400 + n, descriptors: language('fra') }));
    const large = ts({ programs: [{ ...film, streams: [...film.streams, ...streams] }], counter: 14 });
    const out = units(parts(large.tables().second(0).tables().second(1000).bytes));
    const got = Buffer.concat([out[0]?.lead ?? Buffer.alloc(0), ...out.map(({ bytes }) => bytes)]);
    expect(counters(got, PMT)).toEqual([14, 15, 0, 1, 2, 3]);
  });

  it('gets the same header wherever the stream was come into', () => {
    const [header] = headers(out);
    expect(counters(header ?? Buffer.alloc(0), 0)).toEqual([0]);
    for (const from of [1, 5, 20, 30]) {
      expect(headers(parts(Buffer.concat(stream.packets.slice(from))))).toEqual([header]);
    }
  });

  it('of a multiplex gets the tables of all its programs', () => {
    const two = { ...radio, number: 2, pmtPid: 0x1100, pcrPid: 0x201, streams: [{ type: 3, pid: 0x201 }] };
    const both = ts({ programs: [film, two] })
      .tables()
      .second(0);
    const header = headers(parts(both.bytes))[0] ?? Buffer.alloc(0);
    expect(mpegts.tracks(header).map(({ id }) => id)).toEqual([VIDEO, AUDIO, 0x201]);
    expect(framed(mpegts, Buffer.concat([header, both.bytes])).parts).toHaveLength(parts(both.bytes).length);
  });
});
