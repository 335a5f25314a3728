// Units in, runs out: collects what comes within one flush interval, so that every viewer costs one write for all of it.

import type { Clock } from '../clock.ts';
import type { Unit } from '../containers/container.ts';
import { Run } from './run.ts';

/** Few enough writes for thousands of viewers, and not to be noticed beside a player's own buffer. */
const RUN_MS = 40;
/** A viewer's socket holds one run at the most: it must stay small even when a source sends a lot at once. */
const MOST_RUN_BYTES = 256 * 1024;

export class Intake {
  readonly #clock: Clock;
  readonly #runMs: number;
  readonly #deliver: (run: Run) => void;
  #units: Unit[] = [];
  #bytes = 0;
  /** of the first unit that was collected, and of the newest */
  #atMs = 0;
  #untilMs = 0;
  #index: number;
  #gap = false;
  #cancelFlush: (() => void) | undefined;

  constructor(options: { clock: Clock; delayMs: number; firstIndex: number; deliver: (run: Run) => void }) {
    this.#clock = options.clock;
    this.#runMs = Math.min(RUN_MS, options.delayMs);
    this.#index = options.firstIndex;
    this.#deliver = options.deliver;
  }

  /** A run has no join behind other units, since nobody could begin there; where unit after unit is one (audio) the
   *  first will do. */
  take(unit: Unit): void {
    if (unit.join && this.#units.at(-1)?.join === false) this.flush();
    this.#untilMs = unit.atMs ?? this.#clock.now();
    if (this.#units.length === 0) {
      this.#atMs = this.#untilMs;
      this.#cancelFlush = this.#clock.after(this.#runMs, () => this.flush());
    }
    this.#units.push(unit);
    this.#bytes += unit.bytes.length;
    if (this.#bytes >= MOST_RUN_BYTES || unit.isLast) this.flush();
  }

  /** What comes next does not continue what came so far. */
  gap(): void {
    this.flush();
    this.#gap = true;
  }

  flush(): void {
    this.#cancelFlush?.();
    const [first, ...others] = this.#units;
    if (!first) return;
    const run = new Run([first, ...others], {
      firstIndex: this.#index,
      gap: this.#gap,
      atMs: this.#atMs,
      untilMs: this.#untilMs,
    });
    this.#index += run.units;
    this.#units = [];
    this.#bytes = 0;
    this.#gap = false;
    this.#deliver(run);
  }
}
