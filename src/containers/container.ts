// A container is one format: it turns bytes into parts and knows that format's habits over HTTP.
// It never learns who watches or where the bytes came from, and nothing here keeps state of its own:
// what has state (a framing, a splice) is made anew for each use.

import type { PumpError } from '../errors.ts';

/** Indivisible: a viewer gets all of it or none. */
export interface Unit {
  readonly kind: 'unit';
  readonly bytes: Buffer;
  /** a viewer may begin here */
  readonly join: boolean;
  /** on the stream's own clock, where it has one: for pacing files and for bounds in seconds */
  readonly atMs?: number;
  /** Of a unit with `join`: what those who begin here, or come back here, are sent before it. Instead of a wire's beginning,
   *  where that cannot lead up to it. */
  readonly lead?: Buffer;
  /** The last of what was collected already where it comes from: it is not kept waiting for more. */
  readonly isLast?: true;
}

/** What can get lost; counted and shown, never passed over in silence. Attachments: left out of the header, since every
 *  newcomer would have to be sent them. Errors: places where something is missing or came damaged, where the format tells
 *  no more. */
export type Loss = 'packets' | 'bytes' | 'attachments' | 'continuity errors' | 'transport errors' | 'sync errors';
export type Losses = Partial<Record<Loss, number>>;

/** What a container says about the next bytes of a stream. */
export type Part =
  /** owed first to every newcomer; other bytes than last time begin another stream */
  | { readonly kind: 'header'; readonly bytes: Buffer }
  | Unit
  /** something is missing, but what follows can still be passed on */
  | { readonly kind: 'loss'; readonly what: Loss; readonly count: number }
  /** what follows does not continue what came before: viewers go on at the next unit that may be joined at */
  | { readonly kind: 'gap' }
  /** Nothing comes just now, as the pump says that it comes from; `isLost`: its source is gone, and may come back. */
  | { readonly kind: 'silence'; readonly isLost: boolean };

/** Reads like the format's description: yields how many bytes it wants and receives just these, or yields a part.
 *  It returns when the stream itself says that it is over, and throws when the bytes are not this format at all. One that collects
 *  receives nothing where nothing more has come for now, yields what it has, and wants again. When nothing more comes at all
 *  it is returned from, and yields that in a `finally`. */
export type Framing = Generator<number | Part, void, Buffer>;

/** What the configuration chooses of a stream, where the format has it. */
export interface Choices {
  /** the most of all files that are attached to a stream and sent to every newcomer */
  readonly attachmentBytes?: number;
  /** of several programs that are sent together this one alone, by its number */
  readonly program?: number | undefined;
  /** without packets that only keep a bit rate constant */
  readonly dropNull?: boolean;
}

/** Re-times what follows an interruption, so that viewers go on as if nothing had happened. A header that promises the
 *  same as the last one comes out as the last one's bytes; another begins anew. */
export type Splice = (part: Part, nowMs: number) => Part;

export interface Track {
  readonly kind: 'video' | 'audio' | 'other';
  readonly codec: string;
  readonly id: number;
  readonly bitrate?: number;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  /** BCP 47 or ISO 639-2, as the stream tells it */
  readonly language?: string;
}

export interface Container {
  readonly name: string;
  readonly contentTypes: readonly [string, ...string[]];
  /** the most bytes that its framing may want at once */
  readonly largestBytes: number;
  /** May this be what one datagram holds? For formats that can be sent so: each of them is whole, and any may be missing. */
  readonly datagram?: (payload: Buffer) => boolean;
  /** undefined: too few bytes yet to say */
  recognise(start: Buffer): boolean | undefined;
  framing(choices?: Choices): Framing;
  /** Its framing collects: several small things that come together make one unit. */
  readonly collects?: boolean;
  /** ways of putting it on a connection; the first is the usual one */
  readonly wires: readonly [Wire, ...Wire[]];
  readonly tracks: (header: Buffer) => Track[];
  readonly splice: () => Splice;
  readonly manners?: Manners;
  /** Of a link: the container whose parts it carries. A channel's container is that one. */
  readonly carried?: Container;
  /** Whether something may be a unit under this header: asked of what another pump says is one, so that wires and splices can
   *  work with it. Where this is left out they can with anything. */
  readonly fits?: (header: Buffer) => (unit: Buffer) => boolean;
  /** What an operator may ask of a stream beside its losses, for formats that tell it. `spanMs`: what rates are taken over; a few
   *  seconds where nothing is said. */
  readonly examine?: (spanMs?: number) => Examination;
}

/** Looks at a stream as it goes out; nothing of it is kept but numbers. */
export interface Examination {
  /** `lainMs`: it may have come so long before */
  take(part: Part, nowMs: number, lainMs?: number): void;
  report(): Report;
}

/** Rates and the clock over the last span; errors in all. */
export interface Report {
  /** how unevenly the stream's clock came, beside the pump's own; at the least, where it lay unread for a while */
  readonly clockJitterMs?: number;
  /** the longest time that it did not tell its clock */
  readonly clockGapMs?: number;
  /** how far it was off, of a stream at a constant rate: there each packet has its time */
  readonly clockOffNs?: number;
  /** errors by the names that the format's own measurements have for them; those that there were */
  readonly errors?: Readonly<Record<string, number>>;
  /** programs as their broadcaster calls them */
  readonly services?: readonly Service[];
  /** all that is in it, tracks or not */
  readonly streams: readonly {
    readonly id: number;
    readonly what: string;
    readonly bitrate: number;
    /** places where something is missing */
    readonly errors?: number;
    /** packets that only those who paid can read */
    readonly scrambled?: number;
  }[];
}

export interface Service {
  /** its program's number */
  readonly id: number;
  readonly name: string;
  readonly provider?: string;
}

/** How a stream looks on one kind of connection. Pure: a run is dressed once and shared by all on that wire. */
export interface Wire {
  readonly name: string;
  readonly contentType: string;
  dress(header: Buffer): Dress;
  /** tells a viewer who can follow that another header comes, and that header */
  change?(header: Buffer): Buffer;
  end?(why: Ending): Buffer;
}

/** Why a viewer is told that it is over. */
export type Ending = 'stream ended' | 'header changed' | 'dropped' | 'stopping';

/** Units that are sent together. */
export interface Batch {
  readonly units: readonly Unit[];
  /** the first one's among all units of the stream */
  readonly firstIndex: number;
  /** what was sent before does not lead up to it */
  readonly gap: boolean;
}

/** A wire for the streams with one certain header. */
export interface Dress {
  /** what a newcomer gets first */
  readonly begin: Buffer;
  /** where the header decides it: instead of the wire's own */
  readonly contentType?: string;
  /** A unit's bytes as this wire wants them; without it they are sent as they are. `index` counts the units of a stream
   *  since it began: what a wire numbers its packets by, the same for all viewers. */
  unit?(bytes: Buffer, index: number): Buffer;
  /** Instead of `unit`, for somebody who has viewers of his own: with all that is known of each unit. He is sent everything, also
   *  what others pass over to begin anew. */
  run?(batch: Batch): Buffer;
  /** for such a one, about once a second in which nothing came */
  silence?(isLost: boolean): Buffer;
}

export type Headers = Readonly<Record<string, string | string[]>>;

/** A request as manners see it: nothing of Koa, nothing of sockets. */
export interface Ask {
  readonly method: string;
  /** path and query as they came */
  readonly url: string;
  readonly httpVersion: string;
  /** names in lower case; a header that came in several lines has several values */
  readonly headers: Readonly<Record<string, string[] | undefined>>;
}

/** Habits of a format over HTTP that differ from plain GET and POST. All optional. */
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
