// Who can follow other tables in the stream. Broadcasters' receivers and VLC can; FFmpeg, and whatever opens its streams with it,
// goes on to decode what comes as what was there before, or waits for what never comes again: it is let go, to come anew.

import type { Ask, WatchAnswer } from '../manners.ts';
import { plain } from './wires.ts';

const FFMPEG = /\bLavf\//;

export function watch({ method, headers }: Ask): WatchAnswer | undefined {
  if (method !== 'GET' || !FFMPEG.test(headers['user-agent']?.[0] ?? '')) return undefined;
  return { kind: 'stream', wire: plain, headers: {}, follows: false };
}
