// Those who listen to server-sent events (WHATWG HTML, 9.2), each on an answer without end. One that takes nothing for a while
// misses what comes meanwhile and is then told everything anew; one that takes nothing for longer is let go of.

import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';

/** Pages, not viewers: each costs a connection and some kilobytes a second. */
const MOST_LISTENERS = 200;
/** A page that has taken nothing for so long is a closed laptop's. */
const STUCK_MS = 15_000;
/** Proxies hang up on silence, usually after a minute. */
const HEARTBEAT_MS = 15_000;
/** A browser comes again so soon after a broken connection. */
const RETRY_MS = 1000;

interface Listener {
  readonly res: ServerResponse;
  /** its connection has not taken all that it was told: since when */
  fullSinceMs: number | undefined;
  /** when it was told something */
  toldAtMs: number;
}

export interface Listeners {
  readonly size: number;
  /** Refuses one too many. */
  add(res: ServerResponse): void;
  /** `change`: what those hear who know all else; undefined: nothing has changed */
  tell(change: string | undefined): void;
}

/** `everything` is what one hears who knows nothing. All are told the end when the signal is aborted. */
export function listeners(clock: Clock, everything: () => string, signal: AbortSignal): Listeners {
  const all = new Set<Listener>();

  function write(listener: Listener, text: string): void {
    const isTaken = listener.res.write(text);
    listener.toldAtMs = clock.now();
    if (!isTaken) listener.fullSinceMs = listener.toldAtMs;
  }

  function look(listener: Listener, change: string | undefined): void {
    const { fullSinceMs, toldAtMs, res } = listener;
    const nowMs = clock.now();
    if (fullSinceMs === undefined) {
      if (change !== undefined) write(listener, change);
      else if (nowMs - toldAtMs >= HEARTBEAT_MS) write(listener, ':\n\n');
    } else if (!res.writableNeedDrain) {
      listener.fullSinceMs = undefined;
      write(listener, everything());
    } else if (nowMs - fullSinceMs >= STUCK_MS) {
      res.destroy();
    }
  }

  signal.addEventListener('abort', () => all.forEach(({ res }) => res.end()), { once: true });
  return {
    get size() {
      return all.size;
    },
    add(res) {
      if (all.size >= MOST_LISTENERS)
        throw new PumpError('full', 'As many pages listen as may: GET /api/streams tells the same once.', {
          headers: { 'Retry-After': '30' },
        });
      const listener: Listener = { res, fullSinceMs: undefined, toldAtMs: clock.now() };
      all.add(listener);
      res.once('close', () => all.delete(listener));
      write(listener, `retry: ${RETRY_MS}\n\n${everything()}`);
    },
    tell(change) {
      for (const listener of all) look(listener, change);
    },
  };
}
