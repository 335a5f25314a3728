// How a stream's source has been: bytes and bit rate, how far its key frames are apart, what it lost, why it broke.

import type { Clock } from '../clock.ts';
import type { Loss, Losses, Unit } from '../containers/container.ts';
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
  readonly #meter: Meter;
  readonly #losses: Losses = {};
  #bytes = 0;
  #openings = 0;
  #lastError: string | undefined;
  #tookAtMs: number | undefined;
  #joinAtMs: number | undefined;
  #keyframeMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#meter = new Meter(clock);
  }

  get keyframeSeconds(): number | undefined {
    return this.#keyframeMs === undefined ? undefined : this.#keyframeMs / 1000;
  }

  opened(): void {
    this.#openings += 1;
  }

  broke(why: string): void {
    this.#lastError = why;
  }

  took({ bytes, join, atMs = this.#clock.now() }: Unit): void {
    this.#tookAtMs = this.#clock.now();
    this.#bytes += bytes.length;
    this.#meter.add(bytes.length);
    if (!join) return;
    if (this.#joinAtMs !== undefined) this.#keyframeMs = Math.max(0, atMs - this.#joinAtMs);
    this.#joinAtMs = atMs;
  }

  missed(what: Loss, count: number): void {
    this.#losses[what] = (this.#losses[what] ?? 0) + count;
  }

  /** Another stream begins: its key frames are its own. */
  changed(): void {
    this.#joinAtMs = this.#keyframeMs = undefined;
  }

  status(): SourceStatus {
    return {
      bitrate: this.#meter.bitsPerSecond,
      bytes: this.#bytes,
      ...(this.#tookAtMs !== undefined && { silentSeconds: (this.#clock.now() - this.#tookAtMs) / 1000 }),
      restarts: Math.max(0, this.#openings - 1),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      losses: { ...this.#losses },
    };
  }
}
