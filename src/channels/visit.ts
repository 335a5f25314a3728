// A viewer as others see it: where it is written to, what it wants, why it leaves, and how its stay was.

import type { Wire } from '../containers/wire.ts';

/** net.Socket and TLSSocket fit. */
export interface Sink {
  write(bytes: Buffer): boolean;
  /** What is written in between goes out together. */
  cork(): void;
  uncork(): void;
  end(bytes: Buffer): unknown;
  destroy(): unknown;
  on(event: 'drain' | 'close', then: () => void): unknown;
  readonly writableLength: number;
}

/** 'dropped': somebody who runs the pump has sent it away */
export type Departure = 'left' | 'too slow' | 'stream ended' | 'header changed' | 'dropped' | 'stopping';

/** What a viewer brings along. */
export interface Wants {
  readonly wire: Wire;
  /** understands the wire's `change` */
  readonly follows: boolean;
  readonly burstMs: number;
  /** for the log and the page */
  readonly address: string;
  readonly agent: string;
  /** another process of this pump, which tells of its viewers itself: it is not counted as one */
  readonly isInside?: boolean;
  /** A way out that the configuration names, and nobody who watches: it begins with what comes next, and is counted by itself. */
  readonly isOutlet?: true;
  /** where a name was asked for */
  readonly user?: string | undefined;
  /** hears once that the first run of the stream was handed to the socket */
  readonly begun?: (() => void) | undefined;
  /** hears once how the visit was */
  readonly left?: ((visit: Visit) => void) | undefined;
}

/** How a viewer fares: personal data, for who runs the pump. */
export interface Stay {
  readonly address: string;
  readonly agent: string;
  readonly user?: string;
  readonly wire: string;
  readonly seconds: number;
  readonly bytes: number;
  readonly skips: number;
}

/** A stay that is over. */
export interface Visit extends Stay {
  readonly reason: Departure;
}
