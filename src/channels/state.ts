// What a channel tells of itself: how it is, where its parts come from, what a viewer has to know of it.

import type { Container, Track } from '../containers/container.ts';
import type { Report } from '../containers/examination.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import type { AudienceStatus } from './audience.ts';
import type { Dressing } from './dressing.ts';
import type { SourceStatus } from './health.ts';

/** 'idle': nobody tries to open it; 'lost': it was live and is being opened again. */
export type State = 'idle' | 'opening' | 'live' | 'lost';

/** Where a channel's parts come from. */
export interface Origin {
  readonly container: Container;
  /** without credentials */
  readonly from: string;
  /** the streams of pumps that it came over, nearest first */
  readonly over: readonly string[];
  /** how its datagrams came */
  readonly arrivals?: () => Arrivals;
}

/** What a viewer has to know of a stream that is live. */
export interface Live extends Origin {
  readonly header: Buffer;
  /** its header on each wire */
  readonly dress: Dressing;
}

export interface ChannelStatus extends AudienceStatus {
  readonly state: State;
  readonly since: string;
  readonly container?: string;
  readonly tracks: Track[];
  readonly keyframeSeconds?: number;
  readonly backlog: { bytes: number; seconds: number };
  readonly source: SourceStatus & { remote?: string; arrivals?: Arrivals };
  /** what the format itself tells of how it is */
  readonly report?: Report;
}
