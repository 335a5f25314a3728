import { describe, expect, it } from 'vitest';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { framed, headers, units } from '../../support/framing.ts';
import { AUDIO, film, type ProgramShape, radio, ts, VIDEO } from '../../support/ts.ts';
import { PACKET } from '../../support/ts-packet.ts';
import { joinsAt, losses, packetsOf, parts, sent } from './reading.ts';

/** PAT and PMT, which go into the header, then a stream of three seconds. */
const stream = ts().tables().second(0).second(1000).second(2000);
const body = stream.bytes.subarray(2 * PACKET);
const packets = packetsOf(stream.bytes);

describe('packets', () => {
  it('pass untouched, stuffing and unknown PIDs among them', () => {
    const mixed = ts()
      .tables()
      .key(0)
      .stuffing()
      .packet({ pid: 0x444, payload: Buffer.alloc(100, 7) })
      .second(200);
    expect(sent(parts(mixed.bytes))).toEqual(mixed.bytes.subarray(2 * PACKET));
    expect(losses(parts(mixed.bytes))).toEqual({});
  });

  it('become units that begin where something begins, and have a bound', () => {
    const long = ts().tables().key(0, { bytes: 10_000 }).sound(0).picture(40);
    const lengths = units(parts(long.bytes)).map(({ bytes }) => bytes.length / PACKET);
    expect(lengths).toEqual([16, 16, 16, 7, 2, 3]);
  });

  it('are views of what came, not copies', () => {
    const whole = stream.bytes;
    for (const { bytes } of units(parts(whole))) expect(bytes.buffer).toBe(whole.buffer);
  });

  it('are all there with the chunk that they came in, though nothing ends the last unit', () => {
    expect(sent(parts(stream.bytes)).equals(body)).toBe(true);
    expect(framed(mpegts, stream.bytes)).toMatchObject({ held: 0, collected: 0 });
  });

  it('with nothing to begin at do not come out before the first key frame', () => {
    const late = ts().tables().picture(0).sound(0).picture(40).key(80).sound(80);
    const out = parts(late.bytes);
    expect(joinsAt(out)).toEqual([0]);
    expect(sent(out)).toEqual(Buffer.concat(late.packets.slice(-3 - 2)));
    expect(losses(out)).toEqual({});
  });

  it('come out after ten seconds where there is no key frame at all', () => {
    const never = ts().tables();
    for (let n = 0; n <= 11; n++) never.picture(1000 * n);
    expect(units(parts(never.bytes)).map(({ join, atMs }) => [join, atMs])).toEqual([[false, 11_000]]);
  });

  it('that are none any more are told as lost when the stream ends in them', () => {
    const junk = Buffer.alloc(50_000, 1);
    const out = parts(Buffer.concat([stream.bytes, junk]));
    expect(sent(out).equals(body)).toBe(true);
    expect(losses(out)['bytes']).toBeGreaterThan(40_000);
    expect(losses(parts(junk))['bytes']).toBeGreaterThan(40_000);
  });

  it('without tables are refused after a while, with what to do', () => {
    const blind = Buffer.concat(Array<Buffer>(66_000).fill(ts().stuffing().bytes));
    expect(() => parts(blind)).toThrow(/no PAT and PMT; send them with it/);
  });
});

describe('times', () => {
  it('are those of the first program alone, and do not wrap', () => {
    const over = ts({ beginTicks: 2 ** 33 - 90 * 1500 })
      .tables()
      .second(0)
      .second(1000)
      .second(2000);
    const ms = units(parts(over.bytes)).flatMap(({ atMs }) => atMs ?? []);
    const begin = Math.round((2 ** 33 - 90 * 1500) / 90);
    expect([...new Set(ms)]).toEqual(Array.from({ length: 15 }, (_, n) => begin + 200 * n));
  });

  it('are the old stream’s own from the first unit on, though its clock references have packets of their own', () => {
    const pcrPid = 0x1f0;
    const old = ts({ programs: [{ ...film, pcrPid }], beginTicks: 90 * 36_000_000 })
      .tables()
      .second(0);
    old.packet({ pid: pcrPid, pcr: old.ticks(1000) }).second(1000);
    const ms = units(parts(old.bytes)).map(({ atMs }) => atMs ?? 0);
    expect(ms[0]).toBe(36_000_500); // when its picture is decoded
    expect(Math.min(...ms)).toBe(36_000_500);
    expect(ms.at(-1)).toBe(36_001_000);
  });

  it('are told by pictures, or by sound, where there are no clock references at all', () => {
    const of = (program: ProgramShape) =>
      ts({ programs: [{ ...program, pcrPid: 0x1fff }], beginTicks: 2 ** 33 - 90 * 1700 }).tables();
    const begin = Math.round((2 ** 33 - 90 * 1700) / 90) + 500;
    for (const stream of [of(film).second(0).second(1000), of(radio).sound(0).sound(1000).sound(1800)]) {
      const ms = units(parts(stream.bytes)).map(({ atMs }) => atMs);
      expect([ms[0], ms.at(-1)]).toEqual([begin, begin + 1800]);
    }
  });

  it('of another clock are taken as they are', () => {
    const two = Buffer.concat([
      ts({ beginTicks: 90 * 20_000_000 })
        .tables()
        .second(0).bytes,
      ts().second(0).bytes,
    ]);
    expect(units(parts(two)).at(-1)?.atMs).toBe(800);
  });
});

describe('a stream that is damaged', () => {
  it.each([1, 10, 187, 188, 189, 5000])('loses no packet to %i bytes of junk between two', (length) => {
    const at = 20 * PACKET;
    const junk = Buffer.alloc(length, 0x11);
    const out = parts(Buffer.concat([stream.bytes.subarray(0, at), junk, stream.bytes.subarray(at)]));
    expect(sent(out).equals(body)).toBe(true);
    const { 'sync errors': whole = 0, bytes = 0, ...rest } = losses(out);
    expect([whole * PACKET + bytes, rest]).toEqual([length, {}]);
  });

  it('is found again although sync bytes stand all over its packets', () => {
    const greedy = ts().tables().key(0, { bytes: 3000 });
    greedy.packets.slice(3).forEach((packet, n) => {
      for (let at = 20 + (n % 7); at < PACKET; at += 5 + (n % 5)) packet[at] = 0x47;
    });
    const at = 4 * PACKET;
    const out = parts(Buffer.concat([greedy.bytes.subarray(0, at), Buffer.alloc(50), greedy.bytes.subarray(at)]));
    expect(losses(out)).toEqual({ bytes: 50 });
    expect(sent(out)).toEqual(greedy.bytes.subarray(2 * PACKET));
  });

  it('loses one packet to one sync byte that is broken', () => {
    const broken = Buffer.from(stream.bytes);
    broken[10 * PACKET] = 0;
    expect(losses(parts(broken))).toEqual({ 'sync errors': 1, 'continuity errors': 1 });
  });

  it('begins in the middle of a packet', () => {
    const out = parts(stream.bytes.subarray(100));
    expect(losses(out)['bytes']).toBe(PACKET - 100);
  });

  it('is refused when it never was a transport stream', () => {
    expect(() => parts(Buffer.alloc(1_100_000))).toThrow(/no packets of a transport stream were found in 1 MiB/);
  });

  it('has its losses counted: a packet that is missing, one that could not be repaired, one of no kind', () => {
    const hurt = ts().tables().key(0).second(40);
    const [all, at] = [[...hurt.packets], 6];
    const broken = Buffer.from(all[at] ?? '');
    broken[1]! |= 0x80;
    const strange = Buffer.from(all[at] ?? '');
    strange[3]! &= 0x0f;
    expect(losses(parts(Buffer.concat(all.toSpliced(at, 1))))).toEqual({ 'continuity errors': 1 });
    expect(losses(parts(Buffer.concat(all.toSpliced(at, 0, broken))))).toEqual({ 'transport errors': 1 });
    expect(losses(parts(Buffer.concat(all.toSpliced(at, 0, strange))))).toEqual({ packets: 1 });
  });

  it('is not: a packet sent twice, a counter that is announced to step, packets without payload, stuffing', () => {
    const fine = ts()
      .tables()
      .key(0)
      .packet({ pid: 0x200, payload: Buffer.alloc(10) });
    fine.raw(fine.packets.at(-1) ?? Buffer.alloc(0));
    fine.packet({ pid: 0x200, payload: Buffer.alloc(10) });
    fine.packet({ pid: 0x200, pcr: 5 }).packet({ pid: 0x200, pcr: 6 });
    fine.packet({ pid: 0x200, payload: Buffer.alloc(10), discontinuity: true, counter: 9 });
    fine.stuffing().stuffing();
    expect(losses(parts(fine.bytes))).toEqual({});
    fine.raw(fine.packets.at(-3) ?? Buffer.alloc(0)).raw(fine.packets.at(-3) ?? Buffer.alloc(0));
    fine.packet({ pid: 0x200, payload: Buffer.alloc(10), counter: 9 });
    fine.packet({ pid: 0x200, payload: Buffer.alloc(10), counter: 9 });
    expect(losses(parts(fine.bytes))).toEqual({ 'continuity errors': 1 });
  });
});

describe('packets of other lengths', () => {
  const stamped = Buffer.concat(packets.flatMap((packet, n) => [Buffer.from([0, 0, n >> 8, n & 255]), packet]));
  const corrected = Buffer.concat(packets.flatMap((packet) => [packet, Buffer.alloc(16, 0x99)]));

  it.each([
    ['192 bytes, as recorders write them', stamped, 0],
    ['204 bytes, with error correction', corrected, 16],
  ])('are cut to 188: %s', (_, bytes, held) => {
    const out = framed(mpegts, bytes);
    expect(sent(out.parts).equals(body)).toBe(true);
    expect(losses(out.parts)).toEqual({});
    expect(out.held).toBeLessThanOrEqual(held);
    expect(mpegts.recognise(bytes.subarray(0, 1000))).toBe(true);
  });
});

describe('what begins with a G', () => {
  it('is not taken for it', () => {
    expect(mpegts.recognise(Buffer.from('GET / HTTP/1.1'))).toBeUndefined();
    expect(mpegts.recognise(Buffer.from('G'.padEnd(1000, 'x')))).toBe(false);
    expect(mpegts.recognise(Buffer.from('<html>'.padEnd(1000, 'G')))).toBe(false);
  });
});

it('radio begins at any piece of its sound', () => {
  const sound = ts({ programs: [radio] }).tables();
  for (let n = 0; n < 5; n++) sound.sound(100 * n);
  const out = parts(sound.bytes);
  expect(units(out).map(({ join }) => join)).toEqual(Array(5).fill(true));
  expect(headers(out)).toHaveLength(1);
  expect([AUDIO, VIDEO]).toContain(mpegts.tracks(headers(out)[0] ?? Buffer.alloc(0))[0]?.id);
});
