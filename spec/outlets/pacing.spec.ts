import { expect, it } from 'vitest';
import { pacing } from '../../src/outlets/pacing.ts';
import { handClock } from '../support/clock.ts';

const SHAPE = { packetBytes: 188, most: 7 };
const packets = (count: number, first = 0) =>
  Buffer.concat(Array.from({ length: count }, (_, n) => Buffer.alloc(188, (first + n) % 251)));

function paced() {
  const clock = handClock(1000);
  const sent: { readonly atMs: number; readonly bytes: Buffer }[] = [];
  const to = pacing(clock, SHAPE, (bytes) => void sent.push({ atMs: clock.now(), bytes }));
  return { clock, sent, to };
}

it('a run leaves evenly until the next one is due, seven packets in each datagram', async () => {
  const { clock, sent, to } = paced();
  for (let run = 0; run < 30; run++) {
    to.take(packets(140, 140 * run));
    await clock.advance(40);
  }
  expect(Buffer.concat(sent.map(({ bytes }) => bytes)).equals(packets(30 * 140))).toBe(true);
  expect(new Set(sent.map(({ bytes }) => bytes.length))).toEqual(new Set([7 * 188]));
  // Twenty in 40 ms: once it is known how far runs are apart, never more than two at once, and none late.
  const late = sent.slice(20 * 20);
  const together = late.map(({ atMs }) => late.filter((other) => other.atMs === atMs).length);
  expect(Math.max(...together)).toBeLessThanOrEqual(3);
  late.forEach(({ atMs }, n) => expect(atMs - (1000 + 40 * Math.floor((20 * 20 + n) / 20))).toBeLessThanOrEqual(41));
});

it('packets that fill no datagram wait for others, but not long', async () => {
  const { clock, sent, to } = paced();
  to.take(packets(10));
  await clock.advance(30);
  expect(sent.map(({ bytes }) => bytes.length / 188)).toEqual([7]);
  to.take(packets(3, 10));
  await clock.advance(20);
  expect(sent.map(({ bytes }) => bytes.length / 188)).toEqual([7]);
  await clock.advance(60);
  expect(sent.map(({ bytes }) => bytes.length / 188)).toEqual([7, 6]);
  to.take(packets(2, 13));
  await clock.advance(10);
  to.take(packets(5, 15));
  await clock.advance(10);
  expect(sent.map(({ bytes }) => bytes.length / 188)).toEqual([7, 6, 7]);
  expect(Buffer.concat(sent.map(({ bytes }) => bytes))).toEqual(packets(20));
});

it('what comes all at once is spread, and what is too much to wait goes', async () => {
  const { clock, sent, to } = paced();
  to.take(packets(7));
  await clock.advance(100);
  for (let run = 0; run < 10; run++) to.take(packets(140));
  expect(sent.length).toBeLessThan(20);
  await clock.advance(250);
  expect(sent).toHaveLength(201);
  to.take(packets(7 * 5000));
  expect(sent.length).toBeGreaterThan(201 + 2900);
  await clock.advance(250);
  expect(sent).toHaveLength(5201);
});

it('after a silence it goes on at once, and nothing is kept when it is over', async () => {
  const { clock, sent, to } = paced();
  to.take(packets(70));
  await clock.advance(10_000);
  to.take(packets(70));
  expect(sent).toHaveLength(11);
  to.take(packets(3));
  to.flush();
  expect(Buffer.concat(sent.map(({ bytes }) => bytes)).length).toBe(143 * 188);
  to.take(packets(70));
  to.drop();
  await clock.advance(1000);
  expect(clock.waiting).toBe(0);
});
