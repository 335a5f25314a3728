// Those who listen to server-sent events, each on an answer without end. One that takes nothing for a while misses what comes
// meanwhile and is then told everything anew; one that takes nothing for longer is let go of.

import type { ServerResponse } from 'node:http';
import type { Clock } from '../../clock.ts';
import { PumpError } from '../../errors.ts';

/** Pages, not viewers: each costs a connection and some kilobytes a second. */
const MOST_LISTENERS = 200;
/** A page that has taken nothing for so long is a closed laptop's. */
const STUCK_MS = 15_000;
/** A browser comes again so soon after a broken connection. */
const RETRY_MS = 1000;

interface Listener {
  readonly res: ServerResponse;
  /** since when its connection has not taken all that it was told */
  fullSinceMs: number | undefined;
  /** it was not told something */
  hasMissed: boolean;
}

export interface Listeners {
  readonly size: number;
  refuseOneTooMany(): void;
  /** Its head is written. */
  add(res: ServerResponse): void;
  /** `change`: what those hear who know all else; undefined: nothing has changed */
  tell(change: Buffer | undefined): void;
}

/** `everything` is what one hears who knows nothing. All are told the end when the signal is aborted. */
export function listeners(clock: Clock, everything: () => Buffer, signal: AbortSignal): Listeners {
  const all = new Set<Listener>();

  function look(listener: Listener, change: Buffer | undefined): void {
    const { res, hasMissed } = listener;
    if (res.writableNeedDrain) return wait(listener, change !== undefined);
    listener.fullSinceMs = undefined;
    listener.hasMissed = false;
    if (hasMissed) res.write(everything());
    else if (change !== undefined) res.write(change);
  }

  function wait(listener: Listener, isMissing: boolean): void {
    const nowMs = clock.now();
    listener.fullSinceMs ??= nowMs;
    listener.hasMissed ||= isMissing;
    if (nowMs - listener.fullSinceMs >= STUCK_MS) listener.res.destroy();
  }

  signal.addEventListener('abort', () => all.forEach(({ res }) => res.end()), { once: true });
  return {
    get size() {
      return all.size;
    },
    refuseOneTooMany() {
      if (all.size < MOST_LISTENERS) return;
      throw new PumpError('full', 'As many pages listen as may: GET /api/streams tells the same once.', {
        headers: { 'Retry-After': '30' },
      });
    },
    add(res) {
      const listener: Listener = { res, fullSinceMs: undefined, hasMissed: false };
      all.add(listener);
      res.once('close', () => all.delete(listener));
      res.write(`retry: ${RETRY_MS}\n\n`);
      res.write(everything());
    },
    tell(change) {
      for (const listener of all) look(listener, change);
    },
  };
}
