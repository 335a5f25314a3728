// All streams in one line, and what of them has changed for those who do not see it.

import type { Pump } from './pump.ts';
import { reasonOf } from './reason.ts';
import { bits, many, stateOf } from './words.ts';

export function totals({ streams }: Pump): string {
  const all = Object.values(streams);
  const lost = all.filter(({ state }) => state === 'lost').length;
  const viewers = all.reduce((sum, stream) => sum + stream.viewers, 0);
  const bitrate = all.reduce((sum, { state, source }) => sum + (state === 'live' ? source.bitrate : 0), 0);
  const live = all.filter(({ state }) => state === 'live').length;
  const states = `${many(all.length, 'stream')}, ${live} live${lost > 0 ? `, ${lost} lost` : ''}`;
  return `${states} · ${many(viewers, 'viewer')} · ${bits(bitrate)} in`;
}

/** More at once are not listened to. */
const MOST_NEWS = 3;

/** Which streams are in another state than before. */
export function news(before: Pump | undefined, { streams }: Pump): string {
  if (!before) return '';
  const changed = Object.values(streams).filter((stream) => {
    const was = before.streams[stream.path]?.state;
    return was !== undefined && was !== stream.state;
  });
  if (changed.length > MOST_NEWS) return `${changed.length} streams have changed.`;
  return changed
    .map((stream) => {
      const why = reasonOf(stream);
      return `${stream.title} is ${stateOf(stream)}${why && !why.isPast ? `. ${why.text}` : ''}.`;
    })
    .join(' ');
}
