// What `GET /api/events` tells: types alone, which the page is held to as well. First `all`, then a `change` a second where there was one.

export interface StreamTold {
  readonly path: string;
  readonly title: string;
  readonly type: string;
  readonly container?: string | undefined;
  readonly state: 'idle' | 'opening' | 'live' | 'lost';
  /** ISO 8601, by the pump's calendar */
  readonly since: string;
  readonly source: {
    readonly url: string;
    readonly remote?: string;
    readonly bitrate: number;
    readonly bytes: number;
    readonly restarts: number;
    readonly lastError?: string;
    readonly losses: Readonly<Record<string, number>>;
  };
  readonly tracks: readonly TrackTold[];
  readonly keyframeSeconds?: number;
  readonly viewers: number;
  readonly viewersPeak: number;
  readonly viewersTotal: number;
  readonly bytesOut: number;
  readonly skips: number;
  readonly departures: Readonly<Record<string, number>>;
  readonly backlog: { readonly bytes: number; readonly seconds: number };
}

export interface TrackTold {
  readonly kind: 'video' | 'audio' | 'other';
  readonly codec: string;
  readonly id: number;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly language?: string;
}

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
  /** from one sample to the next */
  readonly sampleMs: number;
  readonly streams: Streams;
  readonly past: Readonly<Record<string, Past>>;
}

export interface Change {
  /** a JSON merge patch (RFC 7396) of `streams` */
  readonly streams: unknown;
  /** what the streams are like now is a sample of their past */
  readonly isSample: boolean;
}
