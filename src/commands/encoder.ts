// An encoder: pushes the parts of one stream in the way that their container takes, for as long as it is told to. What is lost
// is tried again, with growing pauses, until aborted; what fails before the first welcome, and what the server refuses, is final.

import assert from 'node:assert/strict';
import { sleep } from '../clock.ts';
import type { Container, Part } from '../containers/container.ts';
import { explain, PumpError } from '../errors.ts';
import { Pauses } from '../pauses.ts';
import { isPassing } from './admission.ts';
import { Put } from './put.ts';
import { ENDING_MS, type Way, type WayOptions, type Step } from './way.ts';
import { WindowsMedia } from './windows-media.ts';

/** Formats whose encoders have a way of their own, by name; all others are put. */
const ways: Readonly<Record<string, (options: WayOptions) => Way>> = {
  asf: (options) => new WindowsMedia(options),
};

export class Encoder {
  readonly #options: WayOptions;
  readonly #signal: AbortSignal;
  #container: Container | undefined;
  #way: Way | undefined;
  readonly #pauses = new Pauses();
  /** since then, nobody has let us in */
  #lostAtMs = Number.POSITIVE_INFINITY;
  /** connections that were lost and made again */
  restarts = 0;

  constructor(options: WayOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  get bytes(): number {
    return this.#way?.bytes ?? 0;
  }

  /** Says what the parts are of, before the first of them. */
  accept(container: Container): void {
    const was = this.#container?.name ?? container.name;
    if (was !== container.name)
      throw new PumpError('malformed', `this was ${was} and has become ${container.name}: push that by itself`);
    this.#container = container;
    this.#way ??= ways[container.name]?.(this.#options) ?? new Put(container.wires[0], this.#options);
  }

  /** Resolves when the system has taken all that this part is on the wire, over however many connections. */
  async take(part: Part): Promise<void> {
    const way = this.#way;
    assert(way, 'what the parts are of is said before');
    for (const step of way.steps(part)) await this.#achieve(step, way);
  }

  /** Says that the stream is over, where there is still somebody to say it to, and lets go of everything. */
  async end(): Promise<void> {
    const { clock, log } = this.#options;
    const way = this.#way;
    const cancel = clock.after(ENDING_MS, () => way?.hangUp());
    try {
      await way?.end();
    } catch (error) {
      if (!this.#signal.aborted && !isPassing(error)) throw error;
      log.debug({ reason: explain(error) }, 'end not answered');
    } finally {
      cancel();
      way?.hangUp();
    }
  }

  async #achieve(step: Step, way: Way): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#signal.aborted) {
      try {
        return await step().finally(() => this.#count(way));
      } catch (error) {
        way.hangUp();
        // What fails before the first welcome is a wrong address or a server that is not there.
        if (way.welcomedAtMs === undefined || !isPassing(error)) throw error;
        if (this.#signal.aborted) return;
        const pauseMs = this.#pauses.after(clock.now() - way.welcomedAtMs);
        log.warn({ reason: explain(error), seconds: Math.round(pauseMs / 1000) }, 'connection lost, trying again');
        this.#lostAtMs = Math.min(this.#lostAtMs, clock.now());
        await sleep(clock, pauseMs, this.#signal);
      }
    }
  }

  /** A try that nobody answers is no new connection. */
  #count({ welcomedAtMs = 0 }: Way): void {
    if (welcomedAtMs <= this.#lostAtMs) return;
    this.restarts += 1;
    this.#lostAtMs = Number.POSITIVE_INFINITY;
  }
}
