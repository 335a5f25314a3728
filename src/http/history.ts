// The last minutes of every stream, so that a page which is opened now can draw them: two numbers a sample, and so many samples.

import type { Past } from './told.ts';
import type { Stream } from './stream.ts';

export const SAMPLE_MS = 2000;
/** Four minutes: as much as a graph the width of a hand shows. */
const MOST_SAMPLES = 120;

export interface History {
  sample(): void;
  all(): Record<string, Past>;
}

export function history(streams: () => readonly Stream[]): History {
  const kept = new Map<string, { readonly bitrate: number[]; readonly viewers: number[] }>();
  const of = (path: string) => {
    let past = kept.get(path);
    if (!past) kept.set(path, (past = { bitrate: [], viewers: [] }));
    return past;
  };
  return {
    sample() {
      for (const { path, channel } of streams()) {
        const { bitrate, viewers } = of(path);
        if (bitrate.push(Math.round(channel.bitrate / 1000)) > MOST_SAMPLES) bitrate.shift();
        if (viewers.push(channel.viewers) > MOST_SAMPLES) viewers.shift();
      }
    },
    all: () => Object.fromEntries(streams().map(({ path }) => [path, of(path)])),
  };
}
