// Units in, runs out: collects what comes within one interval, so that every viewer costs one write for all of it.

import type { Clock } from '../clock.ts';
import type { Unit } from '../containers/container.ts';
import { Run } from './run.ts';
import type { Tempo } from './tempo.ts';

/** A picture comes in several chunks, one right after the other. */
const GATHER_MS = 2;
/** Runs of another pump come as evenly as the network lets them: one that is early by so much goes on as it is. */
const EARLY_MS = 5;
/** A viewer's socket holds one run at the most: it must stay small even when a source sends a lot at once. */
const MOST_RUN_BYTES = 256 * 1024;

export class Intake {
  readonly #clock: Clock;
  #delayMs: number;
  readonly #tempo: Tempo;
  readonly #deliver: (run: Run) => void;
  #units: Unit[] = [];
  #bytes = 0;
  /** of the first unit that was collected, and of the newest */
  #atMs = 0;
  #untilMs = 0;
  #index: number;
  #gap = false;
  #cancelFlush: (() => void) | undefined;
  #flushedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    clock: Clock;
    delayMs: number;
    tempo: Tempo;
    firstIndex: number;
    deliver: (run: Run) => void;
  }) {
    this.#clock = options.clock;
    this.#delayMs = options.delayMs;
    this.#tempo = options.tempo;
    this.#index = options.firstIndex;
    this.#deliver = options.deliver;
  }

  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** A run has no join behind other units, since nobody could begin there; where unit after unit is one (audio) the
   *  first will do. */
  take(unit: Unit): void {
    if (unit.join && this.#units.at(-1)?.join === false) this.flush();
    this.#untilMs = unit.atMs ?? this.#clock.now();
    if (this.#units.length === 0) {
      this.#atMs = this.#untilMs;
      this.#flushLater();
    }
    this.#units.push(unit);
    this.#bytes += unit.bytes.length;
    if (this.#bytes >= MOST_RUN_BYTES || (unit.isLast && this.#isDue)) this.flush();
  }

  /** What comes next does not continue what came so far. */
  gap(): void {
    this.flush();
    this.#gap = true;
  }

  get #dueMs(): number {
    return this.#flushedAtMs + Math.min(this.#tempo.runMs, this.#delayMs);
  }

  /** What was collected elsewhere already waits for more only where runs here are to be longer. */
  get #isDue(): boolean {
    return this.#clock.now() >= this.#dueMs - EARLY_MS;
  }

  /** What comes after a silence is not kept waiting. */
  #flushLater(): void {
    const nowMs = this.#clock.now();
    const gatheredMs = nowMs + Math.min(GATHER_MS, this.#delayMs);
    const dueMs = Math.max(gatheredMs, this.#dueMs);
    this.#cancelFlush = this.#clock.after(dueMs - nowMs, () => {
      this.#tempo.late(this.#clock.now() - dueMs);
      this.flush();
    });
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
    this.#flushedAtMs = this.#clock.now();
    this.#index += run.units;
    this.#units = [];
    this.#bytes = 0;
    this.#gap = false;
    this.#deliver(run);
  }
}
