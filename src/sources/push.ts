// The inbox of a stream that is pushed: opening it waits for an encoder. One at a time: a second is refused while the first
// is alive; one that has been silent counts as gone; the same one coming back takes its own place again at once.

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { type Delivery, IDLE_MS, type Outcome, type Pusher, PushSession } from './push-session.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';

export type { Delivery, Pusher } from './push-session.ts';

export interface Options {
  /** of the stream's `publish`; `takeover`: the newest encoder wins */
  readonly publish?: { readonly takeover?: boolean };
}

/** An encoder silent for so long has no claim any more once another comes. */
const SILENT_MS = 5000;
/** Between set-up and start: the inactivity timer of [MS-WMHTTP] 3.2.2. */
const RESERVED_MS = 120_000;
/** A body may come while the stream is just being opened again; beyond the longest pause nobody will take it. */
const UNREAD_MS = 60_000;
const BUSY = 'another encoder is pushing this stream: stop it first, or try again when it has been silent for 5 s';

export const push = {
  type: 'push',
  schema: z.strictObject({}).describe('An encoder sends it to /streams/PATH_push.'),
  create: (options: Options, means: Means) => new Inbox(options, means),
} as const satisfies SourceKind<Options>;

interface Reservation {
  readonly place: string;
  readonly from: Pusher;
  readonly sinceMs: number;
  cancel(): void;
}

export class Inbox implements Source {
  readonly url = 'push';
  readonly afterwards = 'wait';
  /** An encoder may rest between two requests of a session, and [MS-WMHTTP] lets it rest within one as long. */
  readonly stallMs = IDLE_MS;
  readonly #takeover: boolean;
  readonly #clock: Clock;
  #session: PushSession | undefined;
  #reserved: Reservation | undefined;
  #unread: { readonly session: PushSession; cancel(): void } | undefined;
  #wakeOpener: () => void = () => {};

  constructor({ publish }: Options, { clock }: Pick<Means, 'clock'>) {
    this.#takeover = publish?.takeover ?? false;
    this.#clock = clock;
  }

  async open(signal: AbortSignal): Promise<Feed> {
    const session = await this.#comes(signal);
    const { from, says } = session;
    const abort = () => session.end(reasonOf(signal));
    signal.addEventListener('abort', abort, { once: true });
    return {
      bytes: session.read(),
      from: from.address,
      ...(says !== undefined && { says }),
      onAway: (tell) => (session.away = tell),
      done: (error) => {
        signal.removeEventListener('abort', abort);
        session.end(error);
      },
    };
  }

  /** Takes a place before the bytes come: the one asked for where it is ours, else a new one that nobody can guess. */
  reserve(place: string | undefined, from: Pusher): string {
    if (place !== undefined && place === this.#session?.place) return place;
    if (place === undefined || place !== this.#reserved?.place) this.#refuseUnlessFree(from);
    const given = place !== undefined && place === this.#reserved?.place ? place : newPlace();
    this.#reserved?.cancel();
    const cancel = this.#clock.after(RESERVED_MS, () => (this.#reserved = undefined));
    this.#reserved = { place: given, from, sinceMs: this.#clock.now(), cancel };
    return given;
  }

  /** Resolves when all of the body was taken; rejects with what the encoder is to be told. */
  async deliver(body: Delivery): Promise<Outcome> {
    const { place, from } = body;
    if (place === undefined || place !== this.#session?.place) this.#begin(body);
    const session = this.#session;
    if (!session) throw new PumpError('stopping', 'the stream is ending: try again');
    if (from.user !== undefined && from.user !== session.from.user) throw new PumpError('already pushing', BUSY);
    return session.take(body);
  }

  /** Who had this place is gone for good: the feed ends with what came. */
  leave(place: string): void {
    if (place === this.#session?.place) this.#session.finish();
  }

  #begin(body: Delivery): void {
    this.#refuseUnlessFree(body.from, body.place);
    this.#session?.replace(new PumpError('already pushing', 'another encoder has taken this stream over'));
    this.#reserved?.cancel();
    this.#reserved = undefined;
    const session: PushSession = new PushSession(body, this.#clock, () => {
      if (this.#session === session) this.#session = undefined;
      if (this.#unread?.session === session) this.#picked();
    });
    const late = new PumpError('stopping', 'the stream takes nothing now: try again later');
    this.#session = session;
    this.#unread = { session, cancel: this.#clock.after(UNREAD_MS, () => session.end(late)) };
    this.#wakeOpener();
  }

  /** Who is there already, as a session or as a reservation, and has a better claim? */
  #refuseUnlessFree(from: Pusher, place?: string): void {
    if (this.#takeover) return;
    const session = this.#session;
    if (session && !isSame(session.from, from) && session.silentMs < SILENT_MS)
      throw new PumpError('already pushing', BUSY);
    const reserved = this.#reserved;
    if (!reserved || reserved.place === place || isSame(reserved.from, from)) return;
    // A set-up that got lost is repeated without the place that it never heard of.
    if (reserved.from.address === from.address || this.#clock.now() - reserved.sinceMs >= SILENT_MS) return;
    throw new PumpError('already pushing', BUSY);
  }

  #picked(): void {
    this.#unread?.cancel();
    this.#unread = undefined;
  }

  #comes(signal: AbortSignal): Promise<PushSession> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const session = this.#unread?.session;
        if (!signal.aborted && !session) return;
        signal.removeEventListener('abort', settle);
        this.#wakeOpener = () => {};
        if (signal.aborted || !session) return reject(signal.reason);
        this.#picked();
        resolve(session);
      };
      this.#wakeOpener = settle;
      signal.addEventListener('abort', settle, { once: true });
      settle();
    });
  }
}

/** Addresses do not make the same one: many encoders sit behind one. */
function isSame(one: Pusher, other: Pusher): boolean {
  return one.user !== undefined && one.user === other.user;
}

/** Decimal, since encoders have seen nothing else from Windows Media Services; never "0", which asks for a new one. */
function newPlace(): string {
  const number = randomBytes(8).readBigUInt64BE();
  return number === 0n ? newPlace() : `${number}`;
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof PumpError ? reason : new PumpError('stopping', 'the stream is being stopped');
}
