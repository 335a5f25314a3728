import { describe, expect, test } from 'vitest';
import { Order } from '../../src/datagrams/order.ts';
import type { RtpPacket } from '../../src/datagrams/rtp.ts';
import { handClock } from '../support/clock.ts';
import { seeded, troubled } from '../support/rtp.ts';

const packet = (sequence: number, ssrc = 1): RtpPacket => ({
  payloadType: 33,
  marker: false,
  sequence: (sequence + 65_536) % 65_536,
  timestamp: 0,
  ssrc,
  payload: Buffer.of(0x47),
});

function receiver() {
  const clock = handClock();
  const seen = { order: [] as number[], lost: 0, strangers: 0, began: [] as number[] };
  const order = new Order(clock, {
    began: ({ ssrc }) => seen.began.push(ssrc),
    deliver: ({ sequence }) => seen.order.push(sequence),
    lost: (count) => (seen.lost += count),
    stranger: () => (seen.strangers += 1),
  });
  const take = (...sequences: number[]) => sequences.map((sequence) => order.take(packet(sequence)));
  const of = (ssrc: number, ...sequences: number[]) => sequences.map((n) => order.take(packet(n, ssrc)));
  return { clock, seen, take, of, order };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('RTP packets', () => {
  test('go through at once while they come in order, over the end of their numbers too', () => {
    const { seen, take, clock } = receiver();
    expect(take(65_534, 65_535, 0, 1)).toEqual([undefined, 'in order', 'in order', 'in order']);
    expect(seen).toEqual({ order: [65_534, 65_535, 0, 1], lost: 0, strangers: 0, began: [1] });
    expect(clock.waiting).toBe(0);
  });

  test('are put in order', () => {
    const { seen, take, clock } = receiver();
    expect(take(65_534, 0, 1, 65_535, 3, 2)).toEqual([
      undefined,
      'in order',
      'in order',
      'reordered',
      'in order',
      'reordered',
    ]);
    expect(seen).toMatchObject({ order: [65_534, 65_535, 0, 1, 2, 3], lost: 0 });
    expect(clock.waiting).toBe(0);
  });

  test('that come twice are left out, before and after they went through', () => {
    const { seen, take } = receiver();
    expect(take(1, 1, 3, 3, 2, 2, 3)).toEqual([
      undefined,
      'duplicate',
      'in order',
      'duplicate',
      'reordered',
      'duplicate',
      'duplicate',
    ]);
    expect(seen.order).toEqual([1, 2, 3]);
  });

  test('are not held for longer than 100 ms by one that is missing', async () => {
    const { seen, take, clock } = receiver();
    take(1, 3, 4);
    await clock.advance(99);
    expect(seen).toMatchObject({ order: [1], lost: 0 });
    await clock.advance(1);
    expect(seen).toMatchObject({ order: [1, 3, 4], lost: 1 });
    expect(take(2, 2)).toEqual(['late', 'duplicate']);
    expect(seen).toMatchObject({ order: [1, 3, 4], lost: 1 });
    expect(clock.waiting).toBe(0);
  });

  test('that are missing are each waited for as long', async () => {
    const { seen, take, clock } = receiver();
    take(1, 3);
    await clock.advance(60);
    take(5);
    await clock.advance(40);
    expect(seen).toMatchObject({ order: [1, 3], lost: 1 });
    take(4);
    expect(seen).toMatchObject({ order: [1, 3, 4, 5], lost: 1 });
    take(7);
    await clock.advance(100);
    expect(seen).toMatchObject({ order: [1, 3, 4, 5, 7], lost: 2 });
  });

  test('that came while the process was busy count before the time that has passed', async () => {
    const { seen, take, clock } = receiver();
    // The process looks at the clock, and only then at what the system holds for it.
    take(1, 3);
    clock.after(100, () => take(2));
    await clock.advance(100);
    expect(seen).toMatchObject({ order: [1, 2, 3], lost: 0 });
  });

  test('are not held for longer than 64 of them', () => {
    const { seen, take } = receiver();
    take(0, ...numbers(2, 64));
    expect(seen).toMatchObject({ order: [0], lost: 0 });
    take(65);
    expect(seen).toMatchObject({ order: [0, ...numbers(2, 65)], lost: 1 });
  });

  test.each([65, 500, 3000])('%i of which are missing at once are all counted', async (missing) => {
    const { seen, take, clock } = receiver();
    take(0, missing + 1, missing + 2);
    await clock.advance(100);
    expect(seen).toMatchObject({ order: [0, missing + 1, missing + 2], lost: missing, strangers: 0 });
  });

  test('of a sender that began anew are believed when two come in a row', async () => {
    const { seen, take, of, clock } = receiver();
    take(1, 3);
    expect(of(2, 700, 701, 702)).toEqual([undefined, 'in order', 'in order']);
    expect(seen).toEqual({ order: [1, 3, 700, 701, 702], lost: 1, strangers: 0, began: [1, 2] });
    await clock.advance(200);
    expect(take(4)).toEqual([undefined]);
    expect(seen.order).toHaveLength(5);
  });

  test('that are late are told from those that came twice, however long it goes on', () => {
    const { take, of, seen } = receiver();
    take(...numbers(0, 4499), ...numbers(4501, 4600));
    expect(seen.lost).toBe(1);
    expect(take(4500, 4500, 4499)).toEqual(['late', 'duplicate', 'duplicate']);
    of(2, 5, 6);
    expect(of(2, 4, 4, 5)).toEqual(['late', 'duplicate', 'duplicate']);
  });

  test.each([
    [3002, 0],
    [65_536 - 3001, 0],
    [3001, 3000],
  ])('that jump by more than 3000 are of other numbers: from 0 to %i', (to, lost) => {
    const { take, seen } = receiver();
    take(0, to, to + 1);
    for (let n = 2; n < 70; n++) take(to + n);
    expect(seen).toMatchObject({ lost, began: lost > 0 ? [1] : [1, 1] });
  });

  test('of other numbers are believed when two come in a row', () => {
    const { seen, take } = receiver();
    take(1, 2, 40_000, 40_001, 40_002, 39_999, 3, 40_003);
    expect(seen).toMatchObject({ order: [1, 2, 40_000, 40_001, 40_002, 40_003], lost: 0, strangers: 1, began: [1, 1] });
  });

  test('of a stranger among them are left out', () => {
    const { seen, take, of } = receiver();
    for (let n = 0; n < 10; n++) {
      take(n);
      of(9, 500 + n);
    }
    take(10);
    expect(seen).toEqual({ order: numbers(0, 10), lost: 0, strangers: 10, began: [1] });
    of(9, 600, 900);
    take(11);
    expect(seen).toMatchObject({ order: numbers(0, 11), strangers: 12 });
  });

  test.each([1, 2, 3, 4, 5])(
    'of a bad network come in order, and all that is missing is known (seed %i)',
    async (seed) => {
      const sent = numbers(0, 100_000);
      const mishaps = { lost: 500, reordered: 400, duplicates: 300 };
      const { come, missing, behind } = troubled(sent, seed, mishaps);
      const { seen, order, clock } = receiver();
      const fates: Record<string, number> = {};
      const random = seeded(seed);
      for (const sequence of come) {
        const fate = order.take(packet(sequence % 65_536));
        if (fate) fates[fate] = (fates[fate] ?? 0) + 1;
        if (random() < 0.001) await clock.advance(1);
      }
      await clock.advance(200);
      const lost = new Set(missing);
      expect(seen.order).toEqual(sent.filter((n) => !lost.has(n)).map((n) => n % 65_536));
      expect(seen.lost).toBe(500);
      expect(fates).toEqual({ 'in order': expect.any(Number), reordered: behind, duplicate: 300 });
      expect(behind).toBeGreaterThan(300);
    },
  );

  test('are no longer waited for when nothing more comes', () => {
    const { take, order, clock } = receiver();
    take(1, 3);
    expect(clock.waiting).toBe(1);
    order.close();
    expect(clock.waiting).toBe(0);
  });
});
