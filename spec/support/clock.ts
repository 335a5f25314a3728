// A clock that stands still until a spec moves it.

import type { Clock } from '../../src/clock.ts';

export interface HandClock extends Clock {
  /** Lets time pass; whatever is due is called in its order, and promises settle in between. */
  advance(ms: number): Promise<void>;
  /** how many calls are waiting */
  readonly waiting: number;
}

/** Lets everything that is ready go on: promises and what sockets have delivered. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export function handClock(startMs = 0): HandClock {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; call: () => void }>();
  const next = (untilMs: number) =>
    [...timers].filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => nowMs,
    after(ms, call) {
      const timer = { dueMs: nowMs + Math.max(0, ms), call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = next(untilMs); timer; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.call();
        await settle();
      }
      nowMs = untilMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}

/** Lets time pass until something is done. */
export async function passingUntil<Result>(clock: HandClock, done: Promise<Result>): Promise<Result> {
  const state = { isDone: false };
  const noted = done.finally(() => (state.isDone = true));
  noted.catch(() => {});
  while (!state.isDone) await clock.advance(100);
  return noted;
}
