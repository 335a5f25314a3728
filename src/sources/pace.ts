// Takes a stream that could be had faster by its own clock, as if it were live.

import { sleep, type Clock } from '../clock.ts';

/** Behind by more than this, the process was held up: going on from here beats sending the arrears at once. */
const LATE_MS = 1000;
/** A step of the stream's clock beyond this is no pause but another clock. */
const STEP_MS = 30_000;

export class Pace {
  readonly #clock: Clock;
  /** the pump's time less the stream's */
  #offsetMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a unit of this time is due. */
  async until(atMs: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.now();
    const waitMs = this.#offsetMs === undefined ? 0 : atMs + this.#offsetMs - nowMs;
    if (this.#offsetMs === undefined || waitMs < -LATE_MS || waitMs > STEP_MS) this.#offsetMs = nowMs - atMs;
    else if (waitMs > 0) await sleep(this.#clock, waitMs, signal);
  }
}
