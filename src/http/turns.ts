// Requests in turn: when thousands come in the same moment, as they do when a stream comes back, they are answered some milliseconds'
// worth at a time, so that those who watch already are sent in between what is due to them.

import type { Clock } from '../clock.ts';

/** Of each turn of the event loop: what is due to viewers comes no later by this. */
const TURN_MS = 10;
/** More are not done in that time. */
const MOST_AT_ONCE = 64;

/** Calls at once where there is time, else later, in the order in which they came. */
export function inTurns(clock: Clock): (call: () => void) => void {
  const waiting = new Set<() => void>();
  /** since when there are calls in this turn */
  let sinceMs: number | undefined;
  const isTime = () => sinceMs !== undefined && clock.now() - sinceMs < TURN_MS;
  const begin = () => void (sinceMs = clock.now());
  const next = () => {
    const [call] = waiting;
    if (!call || !isTime()) return;
    waiting.delete(call);
    call();
  };
  // Each has an immediate of its own: all that it comes to at once has then been done before the next.
  const turn = () => {
    sinceMs = undefined;
    if (waiting.size === 0) return;
    setImmediate(begin);
    for (let n = Math.min(waiting.size, MOST_AT_ONCE); n > 0; n -= 1) setImmediate(next);
    setImmediate(turn);
  };
  return (call) => {
    if (waiting.size > 0) return void waiting.add(call);
    if (sinceMs === undefined) {
      begin();
      setImmediate(turn);
    }
    if (isTime()) call();
    else waiting.add(call);
  };
}
