// The last minutes of every stream, so that a page which is opened now can draw them: two numbers a sample, so many samples, of
// streams that there are.

import type { Stream } from '../stream.ts';
import type { Past } from './told.ts';

export const SAMPLE_MS = 2000;
/** Four minutes: as much as a graph the width of a hand shows. */
export const MOST_SAMPLES = 120;

export interface History {
  sample(): void;
  all(): Record<string, Past>;
}

interface Kept {
  readonly bitrate: number[];
  readonly viewers: number[];
}

export function history(streams: ReadonlyMap<string, Stream>): History {
  let kept: ReadonlyMap<string, Kept> = new Map();
  return {
    sample() {
      const next = new Map<string, Kept>();
      for (const { path, channel } of streams.values()) {
        const past = kept.get(path) ?? { bitrate: [], viewers: [] };
        append(past.bitrate, Math.round(channel.bitrate / 1000));
        append(past.viewers, channel.viewers);
        next.set(path, past);
      }
      kept = next;
    },
    all: () => Object.fromEntries(kept),
  };
}

function append(samples: number[], newest: number): void {
  if (samples.push(newest) > MOST_SAMPLES) samples.shift();
}
