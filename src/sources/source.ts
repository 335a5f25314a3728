// A source is something that can be opened and then yields bytes until it ends. It knows nothing of containers, viewers
// or trying again: `keep` opens it, reads it and opens it again.

import type { Logger } from 'pino';
import type { ZodType } from 'zod';
import type { Clock } from '../clock.ts';
import type { Loss } from '../containers/container.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import type { Session } from '../sdp/session.ts';

export interface Feed {
  /** returns: ended; throws: failed. Whoever reads calls `return` when he stops early, and everything is let go of. */
  readonly bytes: AsyncIterable<Buffer>;
  /** for logs and status; never with credentials */
  readonly from: string;
  /** what the other side says it is: a container's name or a content type, a hint that the first bytes may overrule */
  readonly says?: string;
  /** the streams of pumps (`PUMP/PATH`) that it came over, nearest first */
  readonly over?: readonly string[];
  /** bytes can be had faster than real time: to be taken by the stream's own clock */
  readonly ahead?: boolean;
  /** `tell` hears each time that the other side is gone and may come back within this feed */
  onAway?(tell: (why: string) => void): void;
  /** `tell` hears what got lost on the way here, as far as the protocol knows; what the bytes tell is the container's */
  onLoss?(tell: (what: Loss, count: number) => void): void;
  /** of datagrams: how they came, since this source was first opened */
  readonly arrivals?: () => Arrivals;
  /** What another program finds the same by, from its beginning: a path or a URL, which may hold credentials. Together with
   *  `ahead` it says that this is a file: at its end there is nothing to open it again for. */
  readonly anew?: string;
  /** told once how the reading ended, for a feed that owes somebody an answer; no error: the stream was over */
  done?(error?: Error): void;
}

export interface Source {
  /** where it takes from, for status; never with credentials */
  readonly url: string;
  /** When a feed has ended: 'reopen' after a pause that grows; 'repeat' at once (a loop); 'wait': open again at once,
   *  since opening it waits for somebody to come; 'finish': the stream is over. Looked at when the feed has ended. */
  readonly afterwards: 'reopen' | 'repeat' | 'wait' | 'finish';
  /** how long it may be silent before it counts as broken, where the stream's limits do not say; 15 s otherwise */
  readonly stallMs?: number | undefined;
  /** where it is multicast, as far as that is known now; its title is the stream's own affair */
  readonly session?: Session | undefined;
  /** It is told about only, and never opened. */
  readonly elsewhere?: boolean;
  /** The signal ends the opening and the feed. */
  open(signal: AbortSignal): Promise<Feed>;
}

/** What a source may use besides its own options. */
export interface Means {
  readonly log: Logger;
  readonly clock: Clock;
  /** this stream among all pumps' streams, `PUMP/PATH`: told upstream, so that a loop of pumps is noticed */
  readonly self: string;
  /** other pumps' streams that wait for this one, told upstream with it: a loop of pumps is noticed even where none of
   *  them has a stream yet */
  readonly waiting?: () => readonly string[];
  /** as it is configured now: asked for each time that something is fetched */
  readonly proxy?: () => Proxy | undefined;
  /** The format is to be read here, since a choice is made in it: another pump is asked for the plain stream. */
  readonly asBytes?: boolean;
}

export interface Proxy {
  readonly url: string;
  /** hosts, `.domain` endings, addresses and ranges that are asked directly */
  readonly bypass: readonly string[];
}

export interface SourceKind<Options> {
  /** the word in the configuration */
  readonly type: string;
  readonly schema: ZodType<Options>;
  /** What is wrong between the options of a stream that are right each by itself: the key that it is told of, and what was
   *  expected, as a noun phrase. */
  clash?(stream: object): { readonly key: string; readonly expected: string } | undefined;
  create(options: Options, means: Means): Source;
}
