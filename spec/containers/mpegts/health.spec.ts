import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/containers/examination.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { AUDIO, film as filmShape, PMT, type Ts, ts, VIDEO } from '../../support/ts.ts';
import { packet, section } from '../../support/ts-packet.ts';
import { packetsOf, parts, pidOf } from './reading.ts';

/** As it comes in real time, but for what comes late. */
function examined(bytes: Buffer, lateMs: (atMs: number) => number = () => 0): Report {
  const examination = mpegts.examine?.();
  for (const part of parts(bytes)) {
    const atMs = part.kind === 'unit' ? (part.atMs ?? 0) : 0;
    examination?.take(part, 50_000 + atMs + lateMs(atMs));
  }
  return examination?.report() ?? { streams: [] };
}

/** With nothing to complain of: tables and clock as often as they have to come. */
function healthy(seconds: number, stream: Ts = ts(), each: (stream: Ts, ms: number) => void = () => {}): Ts {
  for (let ms = 0; ms < 1000 * seconds; ms += 100) {
    if (ms % 400 === 0) stream.tables();
    if (ms % 1000 === 0) stream.key(ms);
    else stream.picture(ms);
    stream.sound(ms);
    each(stream, ms);
  }
  return stream;
}

const without = (bytes: Buffer, pid: number, from = 0) =>
  Buffer.concat(packetsOf(bytes).filter((one, n) => n < from || pidOf(one) !== pid));

it('an operator sees each PID with what it is and its rate, of the last seconds', () => {
  const stream = healthy(6.1, ts(), (to, ms) => void (ms % 1000 === 0 && to.stuffing()));
  const rate = (packets: number) => Math.round((packets * 188 * 8) / 5);
  expect(examined(stream.bytes)).toEqual({
    clockJitterMs: 0,
    clockGapMs: 100,
    streams: [
      { id: 0, what: 'PAT', bitrate: rate(12) },
      { id: VIDEO, what: 'H.264', bitrate: rate(51 * 3) }, // that of the last moment too
      { id: AUDIO, what: 'AAC', bitrate: rate(50 * 2) },
      { id: PMT, what: 'PMT', bitrate: rate(12) },
      { id: 0x1fff, what: 'stuffing', bitrate: rate(5) },
    ],
  });
});

it('and what is missing, what is scrambled, what came unevenly', () => {
  const hurt = healthy(6, ts(), (to, ms) => {
    if (ms % 1000 !== 900) return;
    to.packet({ pid: 0x300, payload: Buffer.alloc(9), scrambled: true });
    to.packet({ pid: 0x300, payload: Buffer.alloc(9), counter: ((5 * (ms + 100)) / 1000) % 16 });
  });
  const report = examined(hurt.bytes, (atMs) => (atMs === 1600 ? 35 : 0));
  expect(report).toMatchObject({ clockJitterMs: 35, errors: { continuity: 6 } });
  expect(report.streams.find(({ id }) => id === 0x300)).toMatchObject({ what: 'unknown', scrambled: 6, errors: 6 });
});

it('and of what lay unread for a while before it was looked at, no more unevenness than is sure', () => {
  const jitter = (lateMs: number, lainMs: number) => {
    const examination = mpegts.examine?.();
    for (const part of parts(healthy(3).bytes)) {
      const atMs = part.kind === 'unit' ? (part.atMs ?? 0) : 0;
      const isLate = atMs === 1600;
      examination?.take(part, 50_000 + atMs + (isLate ? lateMs : 0), isLate ? lainMs : 0);
    }
    return examination?.report().clockJitterMs;
  };
  expect([jitter(80, 0), jitter(80, 80), jitter(80, 50), jitter(80, 200)]).toEqual([80, 0, 30, 0]);
});

it('in the first seconds what there is, and nothing of less than one', () => {
  expect(examined(healthy(0.9).bytes)).toEqual({ streams: [] });
  const { streams, clockGapMs } = examined(healthy(2.1).bytes);
  expect({ clockGapMs, pids: streams.map(({ id }) => id) }).toEqual({ clockGapMs: 100, pids: [0, VIDEO, AUDIO, PMT] });
});

describe('errors are counted by kind', () => {
  const begun = 8; // packets that a first picture and its tables take, and more
  it.each<[string, Buffer, Record<string, number>, lateMs?: (atMs: number) => number]>([
    ['none', healthy(12).bytes, {}],
    ['no PAT any more', without(healthy(3.1).bytes, 0, begun), { PAT: 5 }],
    ['no PMT any more', without(healthy(3.1).bytes, PMT, begun), { PMT: 5 }],
    ['no sound any more', without(healthy(12).bytes, AUDIO, begun), { PID: 2, PTS: 14 }],
    [
      'a clock that comes too seldom',
      ts().tables().second(0).tables().second(1000).bytes,
      { 'PCR repetition': 9, PAT: 2, PMT: 2 },
    ],
    [
      'a clock that jumps',
      Buffer.concat([healthy(2).bytes, healthy(2, ts({ beginTicks: 90 * 60_000, counter: 0 })).bytes]),
      { 'PCR discontinuity': 1, continuity: 4 },
      (atMs) => (atMs < 60_000 ? 0 : -58_000),
    ],
    [
      'a clock that says that it jumps',
      healthy(1).picture(60_000, { discontinuity: true }).sound(1000).picture(60_100).bytes,
      {},
      (atMs) => (atMs < 60_000 ? 0 : -59_000),
    ],
    [
      'tables that came damaged',
      healthy(2, ts(), (to, ms) => {
        const bad = section(0x42, 1, 0, Buffer.alloc(20));
        bad[9]! ^= 1;
        if (ms === 500) to.section(0x11, bad);
      }).bytes,
      { CRC: 1 },
    ],
    [
      'another table where the PAT has to be',
      healthy(2, ts(), (to, ms) => void (ms === 500 && to.section(0, section(0x40, 1, 0, Buffer.alloc(20))))).bytes,
      { PAT: 1 },
    ],
    [
      'scrambled, and nobody is told how to read it',
      healthy(25, ts(), (to) => to.packet({ pid: VIDEO, payload: Buffer.alloc(9), scrambled: true })).bytes,
      { CAT: 2 },
    ],
    [
      'scrambled, and it is told how to read it',
      healthy(25, ts(), (to, ms) => {
        if (ms % 500 === 0) to.section(1, section(1, 0xffff, 0, Buffer.alloc(0)));
        to.packet({ pid: VIDEO, payload: Buffer.alloc(9), scrambled: true });
      }).bytes,
      {},
    ],
    [
      'all of it scrambled: nobody sees its time stamps',
      ((): Buffer => {
        const stream = ts();
        for (let ms = 0; ms < 5000; ms += 100) {
          if (ms % 400 === 0) stream.tables().section(1, section(1, 0xffff, 0, Buffer.alloc(0)));
          stream.picture(ms, { randomAccess: ms % 1000 === 0, scrambled: true }).sound(ms);
        }
        return stream.bytes;
      })(),
      {},
    ],
    [
      'packets that came broken',
      healthy(2, ts(), (to, ms) => void (ms === 500 && to.raw(packet({ pid: 0x300, error: true })))).bytes,
      { transport: 1 },
    ],
    [
      'something else in between',
      healthy(2, ts(), (to, ms) => void (ms === 500 && to.raw(Buffer.alloc(777, 0x11)))).bytes,
      { 'sync loss': 1 },
    ],
    [
      'a sync byte that is not there',
      healthy(2, ts(), (to, ms) => {
        const bad = packet({ pid: 0x300 });
        bad[0] = 0x46;
        if (ms === 500) to.raw(bad);
      }).bytes,
      { 'sync byte': 1 },
    ],
  ])('%s', (_, bytes, errors, lateMs) => {
    expect(examined(bytes, lateMs).errors ?? {}).toEqual(errors);
  });

  it('none for a stream that was away for a while, nor for the time that it was', () => {
    const examination = mpegts.examine?.();
    let nowMs = 0;
    for (const part of [...parts(healthy(2).bytes), { kind: 'gap' } as const])
      examination?.take(part, (nowMs = part.kind === 'unit' ? (part.atMs ?? 0) : nowMs));
    for (const part of parts(healthy(2, ts({ beginTicks: 90 * 60_000, counter: 3 })).bytes))
      examination?.take(part, (nowMs = part.kind === 'unit' ? (part.atMs ?? 0) : 60_000));
    expect(examination?.report().errors).toEqual({ continuity: 2 });
  });

  it('what does not come is noticed even where the clock went with it', () => {
    const examination = mpegts.examine?.();
    let nowMs = 0;
    for (const part of parts(healthy(2).bytes))
      examination?.take(part, (nowMs = part.kind === 'unit' ? (part.atMs ?? 0) : 0));
    const [stuffing] = ts().stuffing().packets;
    for (let n = 0; n < 70; n++)
      examination?.take({ kind: 'unit', bytes: stuffing ?? Buffer.alloc(0), join: false }, (nowMs += 100));
    expect(examination?.report().errors).toMatchObject({ PID: 2, PAT: expect.any(Number), PMT: expect.any(Number) });
  });
});

describe('a clock of a constant rate', () => {
  /** a reference every ten packets of 1504 bits at 3.76 Mbit/s: 4 ms */
  const constant = (offTicks: (n: number) => number) => {
    const stream = ts().tables().key(0);
    for (let n = 1; n < 2000; n++) {
      const ticks = 10_800 * (stream.packets.length - 2) + offTicks(n);
      stream.packet({ pid: VIDEO, pcr: Math.floor(ticks / 300), pcrRest: ticks % 300 });
      for (let k = 0; k < 9; k++) stream.stuffing();
    }
    return examined(stream.bytes);
  };

  it('is exact, or off by so much', () => {
    expect(constant(() => 0).clockOffNs).toBeLessThan(40);
    const off = constant((n) => (n % 50 === 7 ? 81 : 0));
    expect(off.clockOffNs).toBeGreaterThan(2800);
    expect(off.clockOffNs).toBeLessThan(3000);
    expect(off.errors).toMatchObject({ 'PCR accuracy': expect.any(Number) });
  });

  it('is not to be measured where the rate is not constant', () => {
    expect(
      examined(healthy(6, ts(), (to, ms) => void (ms % 300 === 0 && to.stuffing())).bytes).clockOffNs,
    ).toBeUndefined();
  });
});

describe('services', () => {
  it('are shown by name', () => {
    const stream = ts({ programs: [filmShape] })
      .tables()
      .sdt({ 1: 'Ciné', 2: 'Radio' }, 'ACME')
      .second(0)
      .sdt({ 1: Buffer.from('\x15Ciné+') });
    expect(examined(stream.key(1200).bytes).services).toEqual([{ id: 1, name: 'Ciné+' }]);
  });

  it('are those of the tables that are there', () => {
    const examination = mpegts.examine?.();
    const take = (bytes: Buffer) => {
      for (const part of parts(bytes)) examination?.take(part, 0);
      return examination?.report().services;
    };
    expect(take(ts().tables().key(0).sdt({ 1: 'One' }).key(100).bytes)).toEqual([{ id: 1, name: 'One' }]);
    expect(take(ts().tables().key(0).key(100).bytes)).toEqual([{ id: 1, name: 'One' }]);
    const other = { ...filmShape, number: 2 };
    expect(
      take(
        ts({ programs: [other] })
          .tables()
          .key(0)
          .key(100).bytes,
      ),
    ).toBeUndefined();
  });

  it('several, with who provides them', () => {
    const stream = ts().tables().key(0).sdt({ 1: 'One', 2: 'Two' }, 'ACME').second(0).bytes;
    expect(examined(stream).services).toEqual([
      { id: 1, name: 'One', provider: 'ACME' },
      { id: 2, name: 'Two', provider: 'ACME' },
    ]);
  });
});
