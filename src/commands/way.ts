// One way of pushing a stream to a server, over as many connections and requests as that takes. It tries nothing twice: whoever
// drives it hangs up after a failure and calls the same step again.

import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Part } from '../containers/container.ts';
import type { Address } from '../sources/address.ts';

/** A server says its last word at once or never: Windows Media Services and Icecast just close. */
export const ENDING_MS = 2000;

export interface WayOptions {
  readonly to: Address;
  readonly clock: Clock;
  readonly log: Logger;
  /** how much a request promises, where it does */
  readonly bodyBytes?: number;
}

/** Resolves when the system has taken what it sends, on a connection that it makes where there is none. */
export type Step = () => Promise<void>;

export interface Way {
  /** of what was sent as the stream */
  readonly bytes: number;
  /** when the server last let us in; undefined: never yet */
  readonly welcomedAtMs: number | undefined;
  /** What this part makes necessary, one after the other. */
  steps(part: Part): readonly Step[];
  /** Says that the stream is over, where there is still somebody to say it to. */
  end(): Promise<void>;
  hangUp(): void;
}
