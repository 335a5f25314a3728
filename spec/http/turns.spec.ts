import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inTurns } from '../../src/http/turns.ts';

it('a crowd of requests is answered in its order, and what is due meanwhile does not wait for all of it', async () => {
  let nowMs = 0;
  const take = inTurns({ now: () => nowMs, after: () => () => {} });
  const done: number[] = [];
  for (let n = 0; n < 100; n++)
    take(() => {
      done.push(n);
      nowMs += 4;
    });
  expect(done).toEqual([0, 1, 2]);
  take(() => void done.push(100));
  const seen = new Set<number>();
  while (done.length < 101) {
    await turn();
    seen.add(done.length);
    nowMs += 50; // whatever else the process has to do
  }
  expect(done).toEqual(Array.from({ length: 101 }, (_, n) => n));
  expect(seen.size).toBeGreaterThan(25);
  take(() => void done.push(101));
  expect(done).toHaveLength(102);
});

it('whoever comes later is not let in before those who wait already', async () => {
  let nowMs = 0;
  const take = inTurns({ now: () => nowMs, after: () => () => {} });
  const done: string[] = [];
  take(() => {
    done.push('first');
    nowMs += 10;
  });
  take(() => void done.push('early'));
  setImmediate(() => take(() => void done.push('late')));
  while (done.length < 3) await turn();
  expect(done).toEqual(['first', 'early', 'late']);
});

it('requests that cost little are not spread over more turns than it takes', async () => {
  let nowMs = 0;
  const take = inTurns({ now: () => nowMs, after: () => () => {} });
  const done: number[] = [];
  take(() => (nowMs += 10));
  for (let n = 0; n < 1000; n++) take(() => void done.push(n));
  let turns = 0;
  for (; done.length < 1000; turns++) await turn();
  expect(turns).toBeLessThan(60);
});
