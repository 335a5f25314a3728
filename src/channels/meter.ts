// Bytes per second over the last few whole seconds.

import type { Clock } from '../clock.ts';

const SPAN_SECONDS = 5;

export class Meter {
  readonly #clock: Clock;
  readonly #seconds = Array.from({ length: SPAN_SECONDS + 1 }, () => 0);
  /** the second that is being filled */
  #second: number;
  readonly #begun: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = this.#begun = this.#now();
  }

  add(bytes: number): void {
    this.#turn();
    this.#seconds[this.#second % this.#seconds.length]! += bytes;
  }

  get bitsPerSecond(): number {
    this.#turn();
    const whole = Math.min(SPAN_SECONDS, this.#second - this.#begun);
    if (whole === 0) return 0;
    const current = this.#seconds[this.#second % this.#seconds.length]!;
    const bytes = this.#seconds.reduce((sum, second) => sum + second, 0) - current;
    return Math.round((bytes * 8) / whole);
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #turn(): void {
    const now = this.#now();
    if (now - this.#second > this.#seconds.length) this.#second = now - this.#seconds.length;
    while (this.#second < now) {
      this.#second += 1;
      this.#seconds[this.#second % this.#seconds.length] = 0;
    }
  }
}
