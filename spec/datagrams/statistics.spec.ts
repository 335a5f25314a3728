import { describe, expect, test } from 'vitest';
import type { RtpPacket } from '../../src/datagrams/rtp.ts';
import { Statistics } from '../../src/datagrams/statistics.ts';
import { seeded } from '../support/rtp.ts';

const packet = (timestamp: number, ssrc = 7): RtpPacket => ({
  payloadType: 33,
  marker: false,
  sequence: 0,
  timestamp: timestamp >>> 0,
  ssrc,
  payload: Buffer.alloc(1316),
});

/** As the RFC has it in C: whole numbers in units of time stamps, the jitter scaled by 16. */
function reference(arrivals: readonly { timestamp: number; atMs: number }[], rate: number): number {
  let transit: number | undefined;
  let jitter = 0;
  for (const { timestamp, atMs } of arrivals) {
    const now = Math.round((atMs * rate) / 1000) - timestamp;
    if (transit !== undefined) jitter += Math.abs(now - transit) - ((jitter + 8) >> 4);
    transit = now;
  }
  return (jitter / 16 / rate) * 1000;
}

describe('the statistics of a receiver', () => {
  test.each([
    [1, 90_000],
    [2, 90_000],
    [3, 8000],
    [4, 48_000],
  ])('tell the jitter as RFC 3550 computes it (seed %i, %i Hz)', (seed, rate) => {
    const random = seeded(seed);
    const statistics = new Statistics(rate);
    const came = Array.from({ length: 2000 }, (_, n) => ({
      timestamp: Math.round((n * 10 * rate) / 1000),
      atMs: 5000 + n * 10 + random() * 20,
    }));
    statistics.began(packet(0));
    // On the wire they go around in 32 bits.
    for (const { timestamp, atMs } of came) statistics.cameRtp(packet(timestamp + 2 ** 32 - 5000), 'in order', atMs);
    const { jitterMs = 0 } = statistics.arrivals();
    const expected = reference(came, rate);
    expect(expected).toBeGreaterThan(2);
    expect(Math.abs(jitterMs - expected)).toBeLessThan(expected * 0.05);
  });

  test('tell of no jitter where there is none', () => {
    const statistics = new Statistics();
    statistics.began(packet(0));
    for (let n = 0; n < 100; n++) statistics.cameRtp(packet(n * 900), 'in order', n * 10);
    expect(statistics.arrivals().jitterMs).toBeCloseTo(0, 6);
  });

  test('are not confused by time stamps that go around', () => {
    const statistics = new Statistics();
    statistics.began(packet(0));
    statistics.cameRtp(packet(2 ** 32 - 450), 'in order', 0);
    statistics.cameRtp(packet(450), 'in order', 26);
    expect(statistics.arrivals().jitterMs).toBe(1);
  });

  test('take a clock that jumps for another one, and begin anew with another sender', () => {
    const statistics = new Statistics();
    statistics.began(packet(0));
    for (let n = 0; n < 50; n++) statistics.cameRtp(packet(n * 900), 'in order', n * 10);
    for (let n = 50; n < 100; n++) statistics.cameRtp(packet(0x8000_0000 + n * 900), 'in order', n * 10);
    expect(statistics.arrivals().jitterMs).toBeCloseTo(0, 6);
    statistics.cameRtp(packet(0x8000_0000 + 100 * 900), 'in order', 1160);
    expect(statistics.arrivals().jitterMs).toBeCloseTo(10, 6);
    statistics.began(packet(5, 8));
    expect(statistics.arrivals()).toMatchObject({ jitterMs: 0, ssrc: 8 });
  });

  test('count what came, and how', () => {
    const statistics = new Statistics();
    expect(statistics.arrivals()).not.toHaveProperty('jitterMs');
    statistics.began(packet(0));
    const fates = ['in order', 'reordered', 'reordered', 'duplicate', 'duplicate', 'duplicate', 'late'] as const;
    for (const fate of fates) statistics.cameRtp(packet(0), fate, 0);
    statistics.lost(4);
    statistics.came(188);
    statistics.dropped();
    statistics.refuse('other payload');
    statistics.refuse('other payload');
    statistics.refuse('other sender');
    expect(statistics.arrivals()).toEqual({
      packets: 8,
      bytes: 7 * 1316 + 188,
      lost: 4,
      reordered: 2,
      duplicates: 3,
      late: 1,
      dropped: 1,
      refused: 3,
      refusals: { 'other payload': 2, 'other sender': 1 },
      jitterMs: 0,
      ssrc: 7,
      payloadType: 33,
    });
  });
});
