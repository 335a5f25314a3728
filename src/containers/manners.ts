// Habits of a format over HTTP that differ from plain GET and POST: pure functions from a request to an answer, or from replies to
// further requests. They know nothing of Koa and nothing of sockets.

import type { PumpError } from '../errors.ts';
import type { Wire } from './wire.ts';

export type Headers = Readonly<Record<string, string | string[]>>;

/** A request as manners see it. */
export interface Ask {
  readonly method: string;
  /** path and query as they came */
  readonly url: string;
  readonly httpVersion: string;
  /** names in lower case; a header that came in several lines has several values */
  readonly headers: Readonly<Record<string, string[] | undefined>>;
}

/** All optional. */
export interface Manners {
  /** How to answer somebody who wants to watch, or who is watching and sends a request beside. Undefined: nothing special. */
  watch?(ask: Ask): WatchAnswer | undefined;
  /** How to answer somebody who sends. Undefined: a body in this or another format, as any client would send it. */
  push?(ask: Ask): PushAnswer | undefined;
  readonly pull?: PullManners;
  /** How clients begin who take this port for another protocol of the format, and go on to HTTP as soon as they are hung up
   *  on, and not before. */
  readonly otherHellos?: readonly Buffer[];
}

export interface FullAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string;
}

export type WatchAnswer =
  | FullAnswer
  /** This client cannot play the format, but can hand a playlist of this form to a player that does. */
  | { readonly kind: 'playlist'; readonly form: 'asx' }
  /** the wire's beginning alone, of a known length */
  | { readonly kind: 'header'; readonly wire: Wire; readonly headers: Headers }
  /** the live stream; `follows`: this client understands the wire's `change` */
  | { readonly kind: 'stream'; readonly wire: Wire; readonly headers: Headers; readonly follows: boolean };

export type PushAnswer =
  | FullAnswer
  | { readonly kind: 'refuse'; readonly error: PumpError }
  /** takes a place before the bytes come. `place`: the one the client says it has */
  | { readonly kind: 'set-up'; readonly place?: string; readonly status: number; headers(place: string): Headers }
  /** a part of a session that may go on in further requests. `whole` hands on whole frames alone: a session outlives a
   *  connection that broke in the middle of one */
  | {
      readonly kind: 'session';
      readonly place?: string;
      readonly status: number;
      headers(place: string): Headers;
      whole(body: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
    };

/** An upstream server's answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer>;
  /** lets go of the connection */
  close(): void;
}

/** How to ask a server, an upstream one or this pump, in this format's own way. */
export interface PullManners {
  readonly schemes: readonly string[];
  /** does this answer to a plain GET say that the server wants to be asked so? */
  claims(reply: Reply): boolean;
  /** asks as often as it takes; a reply with a status of 3xx and a `location` is followed by the caller */
  pull(get: (headers: Headers) => Promise<Reply>): Promise<Reply>;
}
