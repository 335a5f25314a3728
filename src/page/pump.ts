// What this page knows of the pump: told by its events, everything first and then what changes. The browser comes again by itself
// when the connection breaks.

import type { All, Change, Past, Streams } from '../http/api/told.ts';
import { merge } from './merge.ts';

export interface Pump {
  readonly version: string;
  readonly sampleMs: number;
  readonly mostSamples: number;
  /** something may be done to streams, by those who may */
  readonly hasAdmin: boolean;
  readonly streams: Streams;
  /** oldest first; shorter where the pump is younger */
  readonly past: Readonly<Record<string, Past>>;
  /** now, by the pump's calendar */
  readonly nowMs: () => number;
}

export function listen(told: (pump: Pump) => void, connected: (isConnected: boolean) => void): void {
  const source = new EventSource('api/events');
  let pump: Pump | undefined;
  source.addEventListener('all', ({ data }: MessageEvent<string>) => {
    const { nowMs, ...all }: All = JSON.parse(data);
    const aheadMs = nowMs - Date.now();
    pump = { ...all, nowMs: () => Date.now() + aheadMs };
    connected(true);
    told(pump);
  });
  source.addEventListener('change', ({ data }: MessageEvent<string>) => {
    if (!pump) return;
    const { streams: patch, isSample }: Change = JSON.parse(data);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pump's own patch of the pump's own document
    const streams = merge(pump.streams, patch) as Streams;
    pump = { ...pump, streams, past: isSample ? grown(pump, streams) : pump.past };
    told(pump);
  });
  source.addEventListener('error', () => connected(false));
}

function grown({ past, mostSamples }: Pump, streams: Streams): Pump['past'] {
  const appended = (samples: readonly number[], newest: number) => [...samples.slice(1 - mostSamples), newest];
  const next = Object.entries(streams).map(([path, { source, viewers }]): [string, Past] => {
    const { bitrate = [], viewers: seen = [] } = past[path] ?? {};
    return [path, { bitrate: appended(bitrate, Math.round(source.bitrate / 1000)), viewers: appended(seen, viewers) }];
  });
  return Object.fromEntries(next);
}
