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
  const seen = new Set<number>();
  while (done.length < 100) {
    await turn();
    seen.add(done.length);
    nowMs += 50; // whatever else the process has to do
  }
  expect(done).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(seen.size).toBeGreaterThan(25);
  take(() => void done.push(100));
  expect(done).toHaveLength(101);
});
