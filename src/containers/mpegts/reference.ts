// The first program's clock as it comes: what is wrong with it (ETSI TR 101 290, 2.3 and 2.4), how late it is beside the pump's own, and
// the stream's time, which goes on while the clock does not come.

import { accuracy } from './accuracy.ts';
import type { Faults } from './faults.ts';
import { ahead, isDiscontinuity, readReference, readRest, TICKS_PER_MS } from './packet.ts';

/** Between two references at the most (ISO/IEC 13818-1, 2.7.2). */
const MOST_STEP_MS = 100;
/** Farther apart it is another clock, or a hole in the stream. */
const JUMP_MS = 1000;
const REST_PER_TICK = 300;

interface Spread {
  /** how late references came, by the pump's clock less the stream's: the least; and how much later than that others behind it.
   *  So what comes faster than it is due, as at the beginning of most connections, is no jitter. */
  least: number;
  jitterMs: number | undefined;
  /** the longest time from one to the next */
  gapMs: number;
  place: ReturnType<typeof accuracy>;
}

export interface References {
  /** the stream's time */
  readonly ms: number;
  readonly spread: Readonly<Spread>;
  /** One that stands in the packet at `at`; `place`: of this packet among all; `lainMs`: it may have come so long before. */
  take(bytes: Buffer, at: number, referenceAt: number, place: number, nowMs: number, lainMs: number): void;
  /** The pump's time went on. */
  pass(nowMs: number): void;
  /** What comes may have another clock. */
  forget(): void;
  /** Measures anew; gives what was measured. */
  turn(): Spread;
}

export function references(errors: Pick<Faults, 'count' | 'pass'>): References {
  let last: { readonly ticks: number; readonly nowMs: number } | undefined;
  let ms = 0;
  let lastMs = 0;
  let passedMs: number | undefined;
  let spread = anew();

  /** How far the stream went on with this reference. */
  function stepTo(ticks: number, nowMs: number, isTold: boolean): number {
    if (!last) return 0;
    const step = ahead(ticks, last.ticks) / TICKS_PER_MS;
    if (step >= 0 && step <= JUMP_MS) {
      if (step > MOST_STEP_MS) errors.count('PCR repetition');
      spread.gapMs = Math.max(spread.gapMs, step);
      return step;
    }
    if (!isTold) errors.count('PCR discontinuity');
    spread.place.forget();
    return Math.max(0, nowMs - last.nowMs);
  }

  return {
    get ms() {
      return ms;
    },
    get spread() {
      return spread;
    },
    take(bytes, at, referenceAt, place, nowMs, lainMs) {
      const ticks = readReference(bytes, referenceAt);
      lastMs += stepTo(ticks, nowMs, isDiscontinuity(bytes, at));
      last = { ticks, nowMs };
      ms = Math.max(ms, lastMs);
      spread.least = Math.min(spread.least, nowMs - lastMs);
      spread.jitterMs = Math.max(spread.jitterMs ?? 0, nowMs - lainMs - lastMs - spread.least);
      spread.place.take(place, ticks * REST_PER_TICK + readRest(bytes, referenceAt));
      errors.pass(ms);
    },
    pass(nowMs) {
      passedMs ??= nowMs;
      const isSilent = !last || nowMs - last.nowMs > JUMP_MS;
      if (isSilent) errors.pass((ms += nowMs - passedMs));
      passedMs = nowMs;
    },
    forget() {
      last = passedMs = undefined;
      lastMs = ms;
      spread.place.forget();
    },
    turn() {
      const before = spread;
      spread = anew();
      return before;
    },
  };
}

const anew = (): Spread => ({
  least: Number.POSITIVE_INFINITY,
  jitterMs: undefined,
  gapMs: 0,
  place: accuracy(),
});
