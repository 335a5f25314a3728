// What was shown of one stream of a program: when something may be decoded and shown again.

import { MOST_INTERVAL_MS } from '../splicing.ts';
import { ahead, TICKS_PER_MS, wrapped } from './packet.ts';

/** Pauses do not tell how long a picture or a piece of sound lasts. */
const MOST_INTERVAL_TICKS = MOST_INTERVAL_MS * TICKS_PER_MS;

export interface Moment {
  readonly ticks: number;
  readonly nowMs: number;
}

/** The two are one for what is shown in the order that it is sent in. */
export interface Stamps {
  readonly decoded: number;
  readonly shown: number;
}

export interface Shown {
  note(stamps: Stamps, nowMs: number): void;
  /** when something was decoded last */
  readonly last: Moment | undefined;
  /** when what was decoded last, and what is shown last, are over: each is taken to last as long as the longest of recent ones */
  readonly next: Stamps | undefined;
}

export function shown(): Shown {
  let last: Moment | undefined;
  let latest = 0;
  let longest = 1;
  return {
    note(stamps, nowMs) {
      const step = ahead(stamps.decoded, last?.ticks ?? stamps.decoded);
      if (step > 0 && step <= MOST_INTERVAL_TICKS) longest = Math.max(step, longest - longest / 32);
      if (last === undefined || ahead(stamps.shown, latest) > 0) latest = stamps.shown;
      last = { ticks: stamps.decoded, nowMs };
    },
    get last() {
      return last;
    },
    get next() {
      return last && { decoded: wrapped(last.ticks + Math.ceil(longest)), shown: wrapped(latest + Math.ceil(longest)) };
    },
  };
}
