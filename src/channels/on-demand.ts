// Keeps a source open only while somebody watches or waits to, and a while longer: a player that reconnects, or the next
// viewer, then finds the stream at once.

import { sleep, type Clock } from '../clock.ts';
import { linked } from '../linked.ts';
import type { Channel } from './channel.ts';

export const LINGER_MS = 10_000;
const LOOK_MS = 1000;

export async function onDemand(
  channel: Channel,
  clock: Clock,
  run: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await channel.whenWanted(signal);
    if (signal.aborted) return;
    const stop = linked(signal);
    const running = run(stop.signal);
    await unwanted(channel, clock, signal);
    stop.abort();
    await running;
  }
}

/** Resolves a while after the last has gone. The first look is after a second: by then whoever it was opened for has come. */
export async function unwanted(
  channel: Channel,
  clock: Clock,
  signal: AbortSignal,
  linger: () => number = () => LINGER_MS,
): Promise<void> {
  let wantedAtMs = clock.now();
  for (;;) {
    await sleep(clock, LOOK_MS, signal);
    if (signal.aborted) return;
    if (channel.wanted) wantedAtMs = clock.now();
    else if (clock.now() - wantedAtMs >= linger()) return;
  }
}
