// How long to wait before what failed is tried again: longer each time, with jitter, so that what failed together does not come
// back together. Once something has held for a while, its earlier failures are forgotten.

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const HEALTHY_MS = 60_000;
const JITTER = 0.2;

export class Pauses {
  readonly #longestMs: number;
  #nextMs = FIRST_MS;

  constructor(longestMs = LONGEST_MS) {
    this.#longestMs = longestMs;
  }

  /** The pause after something that held for so long. */
  after(heldMs: number): number {
    if (heldMs > HEALTHY_MS) this.#nextMs = FIRST_MS;
    const pauseMs = this.#nextMs * (1 - JITTER + 2 * JITTER * Math.random());
    this.#nextMs = Math.min(2 * this.#nextMs, this.#longestMs);
    return Math.round(pauseMs);
  }
}
