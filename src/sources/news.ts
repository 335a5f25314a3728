// What the log hears of a source as it is opened again and again: what is new, aloud; that it still is so, be it all night, by `debug`.

import type { Logger } from 'pino';
import { explain, PumpError } from '../errors.ts';

export class News {
  readonly #log: Logger;
  /** why it last failed, while nothing has come since */
  #trouble: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `isRepeat`: a loop begins again. After a failure the news is that something comes. */
  opened(from: string, isRepeat: boolean): void {
    const isQuiet = isRepeat || this.#trouble !== undefined;
    this.#log[isQuiet ? 'debug' : 'info']({ from }, 'source opened');
  }

  /** For each unit. */
  came(from: string): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#log.info({ from }, 'source opened');
  }

  failed(error: unknown, from: string): void {
    const reason = explain(error);
    const level = error instanceof PumpError ? error.manner.level : 'error';
    this.#log[reason === this.#trouble ? 'debug' : level]({ reason, from }, 'source failed');
    this.#trouble = reason;
  }

  /** It may still come back within this feed. */
  away(reason: string, from: string): void {
    this.#log.warn({ reason, from }, 'source away');
    this.#trouble = reason;
  }

  /** Whoever asked for another try is to hear how it goes. */
  forget(): void {
    this.#trouble = undefined;
  }
}
