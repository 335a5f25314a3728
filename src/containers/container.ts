// A container is one format: it turns bytes into parts and knows that format's habits over HTTP.
// It never learns who watches or where the bytes came from, and nothing here keeps state of its own:
// what has state (a framing, a splice) is made anew for each use.

import type { Examination } from './examination.ts';
import type { Manners } from './manners.ts';
import type { Wire } from './wire.ts';

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
 *  It returns when the stream itself says that it is over, and throws when the bytes are not this format at all.
 *  A framing that collects is given an empty buffer when nothing more has come for now: it yields what it has collected, and then
 *  again how much it wants. When the bytes end, its `return` is called, and it yields the rest in a `finally`. */
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
  /** its framing collects: what comes together makes one unit of several small ones */
  readonly collects?: boolean;
  /** ways of putting it on a connection; the first is the usual one */
  readonly wires: readonly [Wire, ...Wire[]];
  readonly tracks: (header: Buffer) => Track[];
  readonly splice: () => Splice;
  readonly manners?: Manners;
  /** Of a link: the container whose parts it carries. A channel's container is that one. */
  readonly carried?: Container;
  /** May this be a unit under this header? Asked of what another pump says is one, before wires and splices work on it. Left out
   *  where they can work on any bytes. */
  readonly fits?: (header: Buffer) => (unit: Buffer) => boolean;
  /** What an operator may ask of a stream beside its losses, for formats that tell it. `spanMs`: what rates are taken over; a few
   *  seconds where nothing is said. */
  readonly examine?: (spanMs?: number) => Examination;
}
