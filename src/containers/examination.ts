// What an operator may ask of a stream beside its losses, for formats that tell it.

import type { Part } from './container.ts';

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
