// What `GET /api/events` tells: types alone, which the page is held to as well. First `all`, then a `change` a second where there was one.

import type { z } from 'zod';
import type { stream } from './shapes.ts';

/** As `/api/streams` has it, without what only the format itself tells, which is long. */
export type StreamTold = Omit<z.infer<typeof stream>, 'report'>;
export type TrackTold = StreamTold['tracks'][number];

/** What a stream was like at each sample, oldest first; the newest is what it is like now. */
export interface Past {
  /** kbit/s */
  readonly bitrate: readonly number[];
  readonly viewers: readonly number[];
}

/** By path, in the order of the configuration. */
export type Streams = Readonly<Record<string, StreamTold>>;

export interface All {
  readonly version: string;
  /** the pump's calendar, by which `since` is to be read */
  readonly nowMs: number;
  /** from one sample to the next, and how many are kept */
  readonly sampleMs: number;
  readonly mostSamples: number;
  /** something may be done to streams, by those who may */
  readonly hasAdmin: boolean;
  readonly streams: Streams;
  readonly past: Readonly<Record<string, Past>>;
}

export interface Change {
  /** a JSON merge patch (RFC 7396) of `streams` */
  readonly streams: unknown;
  /** what the streams are like now is a sample of their past */
  readonly isSample: boolean;
}
