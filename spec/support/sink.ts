// A socket that takes as much as a spec lets it, and remembers what it got.

import type { Sink } from '../../src/channels/visit.ts';

export class HandSink implements Sink {
  /** all that was written, as text */
  text = '';
  writes = 0;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  /** false: the system takes nothing, so what is written stays in our memory */
  taking = true;
  writableLength = 0;
  readonly #then = { drain: [] as (() => void)[], close: [] as (() => void)[] };

  #isCorked = false;

  cork(): void {
    this.#isCorked = true;
    this.writes += 1;
  }

  uncork(): void {
    this.#isCorked = false;
  }

  write(bytes: Buffer): boolean {
    this.text += bytes.toString();
    if (!this.#isCorked) this.writes += 1;
    if (!this.taking) this.writableLength += bytes.length;
    return this.taking;
  }

  end(bytes?: Buffer): void {
    if (bytes) this.text += bytes.toString();
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }

  on(event: 'drain' | 'close', then: () => void): void {
    this.#then[event].push(then);
  }

  /** The system has taken everything, and takes more, or not. */
  drain(taking = true): void {
    this.taking = taking;
    this.writableLength = 0;
    for (const then of this.#then.drain) then();
  }

  /** The viewer goes. */
  close(): void {
    this.state = 'destroyed';
    for (const then of this.#then.close) then();
  }
}
