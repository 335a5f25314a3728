// What one encoder sends, as one feed: the bodies of its requests, one after the other. The reader pulls from the body;
// nothing is queued here. Each body's sender is told how it ended once that is known.

import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';

export interface Pusher {
  readonly address: string;
  readonly user?: string;
}

export interface Delivery {
  readonly bytes: AsyncIterable<Buffer>;
  readonly from: Pusher;
  /** the content type */
  readonly says?: string;
  /** the session that this body is a part of: it goes on for a while without one */
  readonly place?: string;
  readonly agent?: string;
}

/** 'over': the stream said its end; 'open': a session that may go on. */
export type Outcome = 'over' | 'open';

/** How long a session goes on without a body: the idle timer of [MS-WMHTTP] 3.2.2. */
export const IDLE_MS = 60_000;

interface Turn {
  readonly iterator: AsyncIterator<Buffer>;
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

type Heard = { readonly step: IteratorResult<Buffer> } | { readonly failure: unknown } | undefined;

export class PushSession {
  readonly place: string | undefined;
  readonly from: Pusher;
  readonly says: string | undefined;
  /** told when the connection broke, and the session goes on without one for a while */
  away: (why: string) => void = () => {};
  readonly #clock: Clock;
  readonly #leave: () => void;
  /** goes on after a body */
  #lasts: boolean;
  #turn: Turn | undefined;
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};
  #cancelIdle: () => void = () => {};
  /** why the encoder is away, while it may still come back */
  #gone: Error | undefined;
  /** since when we wait for the encoder; undefined while it waits for us */
  #waitingSinceMs: number | undefined;

  /** `leave` is called once, when the session is over for good. */
  constructor({ place, from, says }: Delivery, clock: Clock, leave: () => void) {
    this.place = place;
    this.#lasts = place !== undefined;
    this.from = from;
    this.says = says;
    this.#clock = clock;
    this.#leave = leave;
  }

  /** how long the encoder has owed us bytes */
  get silentMs(): number {
    return this.#waitingSinceMs === undefined ? 0 : this.#clock.now() - this.#waitingSinceMs;
  }

  /** The next body. It replaces one that still hangs, since an encoder has but one connection at a time. */
  take({ bytes }: Delivery): Promise<Outcome> {
    this.#cancelIdle();
    this.#drop(new PumpError('already pushing', 'this encoder has come back over another connection, which goes on'));
    this.#waitingSinceMs = undefined;
    this.#gone = undefined;
    return new Promise((resolve, reject) => {
      this.#turn = { iterator: bytes[Symbol.asyncIterator](), resolve, reject };
      this.#wake();
    });
  }

  /** There will be no other body. */
  finish(): void {
    this.#lasts = false;
    if (!this.#turn) this.end();
  }

  /** Somebody else has its place. Where its encoder had gone before, that is what ended it. */
  replace(error: Error): void {
    this.end(this.#gone ?? error);
  }

  /** Ends it for good, whatever state it is in. Without an error the stream was over. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = error ? { error } : {};
    this.#cancelIdle();
    this.#drop(error);
    this.#leave();
    this.#wake();
  }

  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      const turn = this.#turn;
      if (this.#ended?.error) throw this.#ended.error;
      if (this.#ended) return;
      const heard = await this.#hear(turn);
      // Woken by something else than this body: another has taken its place, or all is over.
      if (!heard || !turn || this.#turn !== turn || this.#ended) continue;
      this.#waitingSinceMs = undefined;
      if ('failure' in heard) this.#broken(turn, heard.failure);
      else if (!heard.step.done) yield heard.step.value;
      else if (!this.#lasts) return;
      else this.#rest(turn);
    }
  }

  #hear(turn: Turn | undefined): Promise<Heard> {
    this.#waitingSinceMs ??= this.#clock.now();
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      turn?.iterator.next().then(
        (step) => resolve({ step }),
        (failure: unknown) => resolve({ failure }),
      );
    });
  }

  /** A whole body is taken, and the session goes on. */
  #rest(turn: Turn): void {
    this.#turn = undefined;
    this.#idle();
    turn.resolve('open');
  }

  #broken(turn: Turn, failure: unknown): void {
    const told = failure instanceof PumpError;
    const error = told
      ? failure
      : new PumpError('upstream failed', 'the encoder hung up in the middle', { cause: failure });
    if (told || !this.#lasts) return this.end(error);
    this.#turn = undefined;
    this.#gone = error;
    this.#idle();
    this.away(error.message);
    turn.reject(error);
  }

  #idle(): void {
    const late = `the encoder did not come back within ${IDLE_MS / 1000} s`;
    this.#cancelIdle = this.#clock.after(IDLE_MS, () => this.end(new PumpError('stalled', late)));
  }

  #drop(error?: Error): void {
    const turn = this.#turn;
    this.#turn = undefined;
    // The body stays its owner's, to answer on and to close: ending its iteration here would close it before the answer.
    if (error) turn?.reject(error);
    else turn?.resolve('over');
  }
}
