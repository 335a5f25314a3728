import { describe, expect, it } from 'vitest';
import type { Track } from '../../../src/containers/container.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { headers } from '../../support/framing.ts';
import {
  AUDIO,
  film,
  language,
  pmt,
  PMT,
  type ProgramShape,
  radio,
  type StreamShape,
  ts,
  VIDEO,
} from '../../support/ts.ts';
import { PACKET, section } from '../../support/ts-packet.ts';
import { joinsAt, parts, pidOf, sent } from './reading.ts';

const none = Buffer.alloc(0);
const headerOf = (bytes: Buffer): Buffer => headers(parts(bytes))[0] ?? none;
const tracks = (...streams: StreamShape[]): Track[] =>
  mpegts.tracks(headerOf(ts({ programs: [{ ...film, streams }] }).tables().bytes));

/** A program with so many streams that its table takes several packets. */
const large: ProgramShape = {
  ...film,
  streams: [
    ...film.streams,
    ...Array.from({ length: 40 }, (_, n) => ({ type: 3, pid: 0x400 + n, descriptors: language('fra') })),
  ],
};

describe('the header', () => {
  it('is the tables, in packets of their own that count from zero', () => {
    const stream = ts({ counter: 9 }).tables().second(0);
    const header = headerOf(stream.bytes);
    expect(header.length).toBe(2 * PACKET);
    expect(header).toEqual(ts().tables().bytes);
  });

  it('is the same for tables in several packets, among others and cut anywhere', () => {
    const stream = ts().pat();
    const [first, ...rest] = ts({ programs: [large] }).pmt(large).packets;
    const mixed = [...stream.packets, first ?? none, ...ts().key(0).packets, ...rest];
    const header = headerOf(Buffer.concat(mixed));
    expect(header).toEqual(ts({ programs: [large] }).tables().bytes);
    expect(mpegts.tracks(header)).toHaveLength(42);
  });

  it('waits for tables that are whole: a damaged one, one of the future, one of another program are none', () => {
    const stream = ts().pat();
    const damaged = pmt(film);
    damaged[12]! ^= 1;
    const future = section(2, 1, 1, Buffer.from('e100f000', 'hex'), false);
    stream
      .section(PMT, damaged)
      .section(PMT, future)
      .pmt({ ...radio, number: 7 });
    expect(headers(parts(stream.bytes))).toEqual([]);
    stream.pmt(film);
    expect(headers(parts(stream.bytes))).toHaveLength(1);
  });

  it('is found where sections stand behind each other in one packet, and begin in the middle of it', () => {
    const stream = ts().pat();
    const other = section(0xc0, 5, 0, Buffer.alloc(20));
    const tail = Buffer.alloc(12, 0xee);
    const payload = Buffer.concat([Buffer.of(tail.length), tail, other, pmt(film)]);
    stream.packet({
      pid: PMT,
      start: true,
      payload: Buffer.concat([payload, Buffer.alloc(184 - payload.length, 0xff)]),
    });
    expect(mpegts.tracks(headerOf(stream.bytes))).toHaveLength(2);
  });

  it('is found where a table ends just before another begins, and where a packet with a piece of it came twice', () => {
    const whole = pmt(large);
    const stream = ts().pat();
    const pieces = [Buffer.concat([Buffer.of(0), whole.subarray(0, 183)]), whole.subarray(183, 367)];
    const rest = whole.subarray(367);
    stream
      .packet({ pid: PMT, start: true, payload: pieces[0] ?? none })
      .packet({ pid: PMT, payload: pieces[1] ?? none });
    stream.raw(stream.packets.at(-1) ?? none);
    const last = Buffer.concat([Buffer.of(rest.length), rest, section(0xc0, 5, 0, Buffer.alloc(20))]);
    expect(last.length).toBeLessThanOrEqual(184);
    stream.packet({ pid: PMT, start: true, payload: last });
    expect(mpegts.tracks(headerOf(stream.bytes))).toHaveLength(42);
  });

  it('does not wait for programs that are not on the air', () => {
    const silent = { ...radio, number: 2, pmtPid: 0x1200 };
    const stream = ts({ programs: [silent, film] });
    stream.pat().pmt(film).second(0);
    expect(headers(parts(stream.bytes))).toEqual([]);
    stream.pat().pmt(film).second(1000);
    expect(mpegts.tracks(headerOf(stream.bytes)).map(({ id }) => id)).toEqual([VIDEO, AUDIO]);
  });
});

describe('tables that come again', () => {
  const begin = ts().tables().second(0);

  it.each([
    ['the same', ts({ counter: 1 }).tables()],
    ['under another version', ts({ version: 5 }).tables()],
    [
      'with another language',
      ts({ version: 1 }).section(
        PMT,
        pmt(
          {
            ...film,
            streams: [
              { type: 0x1b, pid: VIDEO },
              { type: 0x0f, pid: AUDIO, descriptors: language('eng') },
            ],
          },
          1,
        ),
      ),
    ],
  ])('are no other header, and pass: %s', (_, again) => {
    const both = Buffer.concat([begin.bytes, again.bytes, ts().second(1000).bytes]);
    expect(headers(parts(both))).toHaveLength(1);
    expect(sent(parts(both))).toEqual(both.subarray(2 * PACKET));
  });

  it.each([
    [
      'another PID',
      {
        ...film,
        streams: [
          { type: 0x1b, pid: VIDEO },
          { type: 0x0f, pid: 0x105 },
        ],
      },
    ],
    [
      'another codec',
      {
        ...film,
        streams: [
          { type: 0x24, pid: VIDEO },
          { type: 0x0f, pid: AUDIO },
        ],
      },
    ],
    ['another clock', { ...film, pcrPid: AUDIO }],
    ['one more', { ...film, streams: [...film.streams, { type: 0x06, pid: 0x200 }] }],
  ])('are another header, and viewers begin anew behind it: %s', (_, shape) => {
    const other = ts({ programs: [shape], version: 1 }).pmt(shape);
    other.picture(1000).key(1200);
    const out = parts(Buffer.concat([begin.bytes, other.bytes]));
    expect(headers(out)).toHaveLength(2);
    const at = out.findLastIndex(({ kind }) => kind === 'header');
    expect(joinsAt(out.slice(at))).toEqual([0]);
    expect(mpegts.tracks(headers(out)[1] ?? none)).toEqual(
      mpegts.tracks(headerOf(ts({ programs: [shape] }).tables().bytes)),
    );
  });

  it('list other programs: a new header, as soon as their tables are there', () => {
    const other = { ...film, number: 3, pmtPid: 0x1300 };
    const stream = ts({ programs: [other], version: 1 }).pat();
    stream.key(1000).sound(1000).pmt(other).key(1200);
    const out = parts(Buffer.concat([begin.bytes, stream.bytes]));
    expect(headers(out).map((header) => pidOf(header.subarray(PACKET)))).toEqual([PMT, 0x1300]);
    expect(out.map(({ kind }) => kind).slice(-2)).toEqual(['header', 'unit']);
  });
});

describe('tracks', () => {
  const registration = (name: string) => Buffer.from([5, 4, ...Buffer.from(name, 'latin1')]);

  it('are named as people know them, with their language', () => {
    expect(
      tracks(
        { type: 0x1b, pid: 1 },
        { type: 0x24, pid: 2 },
        { type: 0x02, pid: 3 },
        { type: 0x0f, pid: 4, descriptors: language('DEU') },
        { type: 0x03, pid: 5, descriptors: language('fra') },
        { type: 0x81, pid: 6 },
      ),
    ).toEqual([
      { kind: 'video', codec: 'H.264', id: 1 },
      { kind: 'video', codec: 'HEVC', id: 2 },
      { kind: 'video', codec: 'MPEG-2 video', id: 3 },
      { kind: 'audio', codec: 'AAC', id: 4, language: 'deu' },
      { kind: 'audio', codec: 'MP2', id: 5, language: 'fra' },
      { kind: 'audio', codec: 'AC-3', id: 6 },
    ]);
  });

  it.each([
    ['AC-3', Buffer.from([0x6a, 1, 0])],
    ['E-AC-3', Buffer.from([0x7a, 1, 0])],
    ['AC-3', registration('AC-3')],
    ['Opus', registration('Opus')],
    ['AV1', registration('AV01')],
    ['teletext', Buffer.from([0x56, 5, ...Buffer.from('deu'), 0x09, 0])],
    ['DVB subtitles', Buffer.from([0x59, 8, ...Buffer.from('deu'), 0x10, 0, 1, 0, 1])],
    ['private data', Buffer.from([0x52, 1, 7])],
    ['private data', Buffer.from([0x52, 200])],
  ])('of private data are known by their descriptors: %s', (codec, descriptors) => {
    expect(tracks({ type: 0x06, pid: 1, descriptors })).toMatchObject([{ codec }]);
  });

  it('of no known kind are shown by their number', () => {
    expect(tracks({ type: 0xa7, pid: 1 })).toEqual([{ kind: 'other', codec: '0xa7', id: 1 }]);
  });
});
