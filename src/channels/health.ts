// How a stream's source has been: bytes and bit rate, how far its key frames are apart, what it lost, why it broke, and what its
// format tells beside that.

import type { Clock } from '../clock.ts';
import type { Container, Losses, Part, Unit } from '../containers/container.ts';
import type { Examination, Report } from '../containers/examination.ts';
import { Meter } from './meter.ts';

export interface SourceStatus {
  /** bits a second, over the last few */
  readonly bitrate: number;
  readonly bytes: number;
  /** since the last of them came */
  readonly silentSeconds?: number;
  readonly restarts: number;
  readonly lastError?: string;
  readonly losses: Losses;
}

export class Health {
  readonly #clock: Clock;
  readonly #examines: boolean;
  readonly #meter: Meter;
  readonly #losses: Losses = {};
  #bytes = 0;
  #openings = 0;
  #lastError: string | undefined;
  #tookAtMs: number | undefined;
  #joinAtMs: number | undefined;
  #keyframeMs: number | undefined;
  #container: Container | undefined;
  #examination: Examination | undefined;

  /** `examines`: not where another process of the pump does, and tells. */
  constructor(clock: Clock, examines: boolean) {
    this.#clock = clock;
    this.#examines = examines;
    this.#meter = new Meter(clock);
  }

  get keyframeSeconds(): number | undefined {
    return this.#keyframeMs === undefined ? undefined : this.#keyframeMs / 1000;
  }

  get bitrate(): number {
    return this.#meter.bitsPerSecond;
  }

  get report(): Report | undefined {
    return this.#examination?.report();
  }

  /** `goesOn`: what was open before it was not lost. */
  opened(container: Container, goesOn: boolean): void {
    if (!goesOn) this.#openings += 1;
    if (container !== this.#container && this.#examines) this.#examination = container.examine?.();
    this.#container = container;
  }

  broke(why: string): void {
    this.#lastError = why;
  }

  /** `cameAtMs`: when its bytes were read; `lainMs`: they may have come so long before */
  take(part: Part, cameAtMs: number, lainMs: number): void {
    this.#examination?.take(part, cameAtMs, lainMs);
    if (part.kind === 'unit') this.#took(part, cameAtMs);
    if (part.kind === 'loss') this.#losses[part.what] = (this.#losses[part.what] ?? 0) + part.count;
  }

  /** Another stream begins: its key frames are its own. */
  changed(): void {
    this.#joinAtMs = this.#keyframeMs = undefined;
  }

  status(): SourceStatus {
    return {
      bitrate: this.bitrate,
      bytes: this.#bytes,
      ...(this.#tookAtMs !== undefined && { silentSeconds: Math.round(this.#clock.now() - this.#tookAtMs) / 1000 }),
      restarts: Math.max(0, this.#openings - 1),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      losses: { ...this.#losses },
    };
  }

  #took({ bytes, join, atMs }: Unit, cameAtMs: number): void {
    this.#tookAtMs = cameAtMs;
    this.#bytes += bytes.length;
    this.#meter.add(bytes.length);
    if (!join) return;
    const joinAtMs = atMs ?? cameAtMs;
    if (this.#joinAtMs !== undefined) this.#keyframeMs = Math.max(0, joinAtMs - this.#joinAtMs);
    this.#joinAtMs = joinAtMs;
  }
}
