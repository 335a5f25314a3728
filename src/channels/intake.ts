// Units in, runs out: collects what comes within one interval, so that every viewer costs one write for all of it. A source may even leave
// its bytes unread until a run is due: reading them together costs half of reading each when it comes.

import type { Clock } from '../clock.ts';
import type { Unit } from '../containers/container.ts';
import { MOST_RUN_BYTES, Run } from './run.ts';
import type { Tempo } from './tempo.ts';

/** A picture comes in several chunks, one right after the other. */
const GATHER_MS = 2;
/** The last eight runs or so that were collected elsewhere tell when the next will come. */
const FORGETTING = 1 / 8;
/** Nobody waits where nobody is. */
const UNWATCHED_MS = 100;

export class Intake {
  readonly #clock: Clock;
  #delayMs: number;
  readonly #tempo: Tempo;
  readonly #isWatched: () => boolean;
  readonly #deliver: (run: Run) => void;
  #bring: (() => void) | undefined;
  #units: Unit[] = [];
  #bytes = 0;
  /** of the first unit that was collected, and of the newest */
  #atMs = 0;
  #untilMs = 0;
  #index: number;
  #gap = false;
  #cancelFlush: (() => void) | undefined;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  /** when the last run came that was collected elsewhere */
  #collectedAtMs = Number.NEGATIVE_INFINITY;
  /** and how far they are apart, usually: one that was cut before a key frame tells nothing of the next */
  #collectedEveryMs = 0;

  constructor(options: {
    clock: Clock;
    delayMs: number;
    tempo: Tempo;
    firstIndex: number;
    isWatched: () => boolean;
    deliver: (run: Run) => void;
  }) {
    this.#clock = options.clock;
    this.#delayMs = options.delayMs;
    this.#tempo = options.tempo;
    this.#index = options.firstIndex;
    this.#isWatched = options.isWatched;
    this.#deliver = options.deliver;
  }

  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** So many bytes have come, which are to be brought when a run is due. */
  coming(bytes: number, bring: () => void): void {
    this.#bring = bring;
    if (bytes >= MOST_RUN_BYTES) this.flush();
    else if (!this.#cancelFlush) this.#flushLater();
  }

  /** How long nobody needs what comes: until shortly before a run is due, unless one is being collected already. Where nobody watches it
   *  is not worth what a stream's examination would miss. */
  get spareMs(): number {
    if (this.#cancelFlush || !this.#isWatched()) return 0;
    return this.#dueMs - GATHER_MS - this.#clock.now();
  }

  /** A run has no join behind other units, since nobody could begin there; where unit after unit is one (audio) the
   *  first will do. */
  take(unit: Unit): void {
    if (unit.join && this.#units.at(-1)?.join === false) this.#send();
    this.#untilMs = unit.atMs ?? this.#clock.now();
    if (this.#units.length === 0) this.#atMs = this.#untilMs;
    if (!this.#cancelFlush) this.#flushLater();
    this.#units.push(unit);
    this.#bytes += unit.bytes.length;
    if (this.#bytes >= MOST_RUN_BYTES || (unit.isLast && this.#isTime())) this.#send();
  }

  /** What comes next does not continue what came so far. */
  gap(): void {
    this.flush();
    this.#gap = true;
  }

  get #dueMs(): number {
    const runMs = this.#isWatched() ? this.#tempo.runMs : UNWATCHED_MS;
    return this.#flushedAtMs + Math.min(runMs, this.#delayMs);
  }

  /** What was collected elsewhere waits for the next of its kind only where that will be here before a run is due: else it would wait
   *  for nothing, and so would each one after it. */
  #isTime(): boolean {
    const nowMs = this.#clock.now();
    const sinceLastMs = Math.min(nowMs - this.#collectedAtMs, this.#delayMs);
    this.#collectedAtMs = nowMs;
    this.#collectedEveryMs += (sinceLastMs - this.#collectedEveryMs) * FORGETTING;
    return nowMs + this.#collectedEveryMs > this.#dueMs;
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

  /** All that has come goes out. */
  flush(): void {
    const bring = this.#bring;
    this.#bring = undefined;
    bring?.();
    this.#send();
  }

  #send(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
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
