// Spreads what a channel hands over at once: a run is some ten to two hundred milliseconds of the stream, and sent as one burst it would
// overrun the buffers of receivers and switches. What comes is cut into datagrams (RFC 2250, section 2: whole packets, as many as
// fit) that leave evenly until the next run is due; nothing waits longer than that.

import type { Clock } from '../clock.ts';

/** More than runs are apart unless a stream's own `delay` is very long. */
const MOST_SPREAD_MS = 250;
/** A run may come in pieces, right behind each other. */
const LEAST_SPREAD_MS = 5;
/** Timers are no finer. */
const TICK_MS = 2;
/** A datagram that is not full waits so long for what comes next. */
const FILL_MS = 100;
const FORGETTING = 1 / 8;
/** Two to three MiB: what is more goes at once. */
const MOST_WAITING = 2048;

export interface Pacing {
  /** Bytes of whole packets. */
  take(bytes: Buffer): void;
  /** What is waiting goes at once. */
  flush(): void;
  /** What is waiting never goes. */
  drop(): void;
}

/** `packetBytes` of a packet, `most` of them in a datagram. */
export function pacing(
  clock: Clock,
  { packetBytes, most }: { readonly packetBytes: number; readonly most: number },
  send: (datagram: Buffer) => void,
): Pacing {
  const full = packetBytes * most;
  let waiting: Buffer[] = [];
  /** too few packets for a datagram yet */
  let rest: Buffer | undefined;
  let restSinceMs = 0;
  let cancel: (() => void) | undefined;
  let tookAtMs: number | undefined;
  let usualMs = LEAST_SPREAD_MS;
  /** when what is waiting has to be gone */
  let untilMs = 0;

  function take(bytes: Buffer): void {
    const nowMs = clock.now();
    const stepMs = Math.min(MOST_SPREAD_MS, nowMs - (tookAtMs ?? nowMs));
    tookAtMs = nowMs;
    if (stepMs >= LEAST_SPREAD_MS) usualMs += (stepMs - usualMs) * FORGETTING;
    untilMs = Math.max(untilMs, nowMs + Math.max(stepMs, usualMs));
    const wasIdle = waiting.length === 0;
    cut(rest ? Buffer.concat([rest, bytes]) : bytes, nowMs);
    for (const datagram of waiting.splice(0, Math.max(0, waiting.length - MOST_WAITING))) send(datagram);
    if (wasIdle) tick();
  }

  function cut(bytes: Buffer, nowMs: number): void {
    let at = 0;
    for (; at + full <= bytes.length; at += full) waiting.push(bytes.subarray(at, at + full));
    const isOlder = rest !== undefined && at === 0;
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
    if (!isOlder) restSinceMs = nowMs;
  }

  /** Sends what is due by now, and comes again for the others. */
  function tick(): void {
    const nowMs = clock.now();
    const leftMs = untilMs - nowMs;
    cancel?.();
    const due = leftMs <= TICK_MS ? waiting.length : Math.ceil((waiting.length * TICK_MS) / leftMs);
    for (const datagram of waiting.splice(0, due)) send(datagram);
    cancel = undefined;
    if (waiting.length > 0) {
      const everyMs = Math.max(TICK_MS, (untilMs - nowMs) / (waiting.length + 1));
      cancel = clock.after(everyMs, tick);
    } else if (rest) cancel = clock.after(Math.max(TICK_MS, restSinceMs + FILL_MS - nowMs), sendRest);
  }

  function sendRest(): void {
    cancel = undefined;
    if (clock.now() - restSinceMs >= FILL_MS && rest) {
      waiting.push(rest);
      rest = undefined;
    }
    if (waiting.length > 0 || rest) tick();
  }

  function drop(): void {
    cancel?.();
    cancel = rest = undefined;
    waiting = [];
  }

  return {
    take,
    flush() {
      const left = rest ? [...waiting, rest] : waiting;
      drop();
      for (const datagram of left) send(datagram);
    },
    drop,
  };
}
