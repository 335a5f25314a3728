// What the primary and its workers tell each other, once a second and when something happens. Both are of this package, but of
// two builds where one was taken over while the other runs: a worker that does not understand ends before it serves anybody.

import type { AudienceList, AudienceStatus } from '../channels/audience.ts';
import type { Config } from '../config.ts';
import type { Scheme } from '../http/doors.ts';
import type { Looks } from '../log.ts';

/** Whoever changes the meaning of a message counts this up. */
export const MESSAGES = 2;

export interface Begin {
  readonly kind: 'begin';
  readonly messages: number;
  readonly number: number;
  readonly config: Config;
  readonly looks: Looks;
  /** the pump, among all pumps */
  readonly self: string;
  /** base64 */
  readonly digestKey: string;
  /** the primary's clock began so many milliseconds after 1970 */
  readonly originMs: number;
  /** of TLS; it may be root's alone, whom workers never were */
  readonly certificate?: Pem;
  /** the folder with the primary's socket, and that */
  readonly folder: string;
  readonly inside: string;
}

/** byte by byte, as text */
export interface Pem {
  readonly cert: string;
  readonly key: string;
}

export type ToWorker =
  | Begin
  /** other streams, or other rules for them */
  | { readonly kind: 'renew'; readonly config: Config }
  /** the certificate was renewed */
  | { readonly kind: 'certificate'; readonly certificate: Pem }
  /** a client, with the message */
  | { readonly kind: 'connection'; readonly scheme: Scheme }
  /** viewers of each stream in all other processes */
  | { readonly kind: 'elsewhere'; readonly viewers: Readonly<Record<string, number>> }
  /** which viewers of a stream it has; or the one of these that is to go */
  | ({ readonly kind: 'ask' } & Question & { readonly number: number })
  /** is handed no other connection, and ends with its last */
  | { readonly kind: 'leave' }
  /** files that are written to have been moved away */
  | { readonly kind: 'reopen' }
  | { readonly kind: 'stop' };

export type ToPrimary =
  /** it understands and waits to be told what to do */
  | { readonly kind: 'here' }
  | { readonly kind: 'ready' }
  /** it cannot do it, and ends */
  | { readonly kind: 'failed'; readonly reason: string }
  /** somebody has told it to end */
  | { readonly kind: 'goes' }
  | ({ readonly kind: 'answer'; readonly number: number } & Answer)
  | ({ readonly kind: 'report' } & Report);

export interface Question {
  readonly path: string;
  readonly drop?: string;
}

export interface Answer {
  readonly list?: AudienceList;
  readonly isDropped?: boolean;
}

/** What a worker tells once a second, also where nothing is new: it is how it is known that it still turns. */
export interface Report {
  /** those about which there is something new */
  readonly streams: Readonly<Record<string, AudienceStatus>>;
  readonly connections: number;
  /** how long viewers waited who came since the last one, in milliseconds */
  readonly joins: readonly number[];
}
