// A stream as HTTP sees it: made by whoever puts the pump together, out of the configuration.

import type { Channel } from '../channels/channel.ts';
import type { Container } from '../containers/container.ts';
import type { Group } from '../datagrams/group.ts';
import type { Sent } from '../datagrams/sent.ts';
import type { Session } from '../sdp/session.ts';
import type { Inbox } from '../sources/push.ts';

/** Without `users` nobody is asked for a name; without `from` everybody may come. */
export interface Access {
  /** names and their passwords, as credentials.ts reads them */
  readonly users?: Readonly<Record<string, string>>;
  /** addresses and ranges */
  readonly from?: readonly string[];
}

/** What those do who run the pump, where they may. */
export interface Admin {
  readonly access: Access;
  /** Drops what the source is at and opens it anew at once; viewers stay. */
  restart(path: string, why: string): void;
  /** Until the configuration is read anew. */
  enable(path: string, enabled: boolean): Promise<void>;
}

/** Groups that viewers name by address. */
export interface Relay {
  /** addresses and ranges; nothing else is listened to */
  readonly groups: readonly string[];
  readonly watch: Access;
  /** how long somebody waits for something to come */
  readonly timeoutMs: number;
  readonly contentType: string;
  /** which sites' pages may have it */
  readonly allowOrigin: string;
  /** The stream of this group, which is there while somebody wants it. Throws when there are too many. */
  open(group: Group): Stream;
}

/** Streams that are opened by an address that a client has chosen (a relay's: `udp/239.0.0.1:5004`) are nobody's promise. No path is
 *  configured so. */
export const isConfigured = ({ path }: Pick<Stream, 'path'>): boolean => /^[\w/-]+$/.test(path);

/** As it comes, or before it comes as it is configured; undefined: not yet known. */
export function containerOf({ channel, container }: Pick<Stream, 'channel' | 'container'>): Container | undefined {
  return channel.live?.container ?? container;
}

export interface Stream {
  readonly path: string;
  readonly title?: string;
  readonly type: string;
  readonly enabled: boolean;
  /** where it comes from, without credentials */
  readonly url: string;
  readonly channel: Channel;
  /** where it is multicast, as far as that is known now; the first is what players are told */
  readonly sessions: readonly Session[];
  /** It is multicast from elsewhere, and only told about: nothing of it comes here. */
  readonly elsewhere?: boolean;
  /** addresses of the same stream on other pumps, for playlists */
  readonly backups?: readonly string[];
  /** the pumps that watch or wait to, each as the streams that it asks for */
  readonly pumps: Set<readonly string[]>;
  /** where it goes besides, and how that goes */
  readonly sentTo?: () => readonly Sent[];
  /** takes what encoders push; other streams have none */
  readonly inbox?: Pick<Inbox, 'reserve' | 'deliver' | 'leave'>;
  /** as configured */
  readonly container?: Container;
  readonly watch: Access;
  readonly publish: Access;
  readonly limits: {
    readonly viewers: number;
    readonly burstMs: number;
    /** how long a viewer waits for a source that is away */
    readonly graceMs: number;
  };
}
