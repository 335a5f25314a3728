// Keeps a source open only while somebody watches or waits to, and a while longer: a player that reconnects, or the next
// viewer, then finds the stream at once.

import { sleep, type Clock } from '../clock.ts';
import type { Channel } from './channel.ts';

const LINGER_MS = 10_000;
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
    const stop = new AbortController();
    const running = run(AbortSignal.any([signal, stop.signal]));
    await unwanted(channel, clock, signal);
    stop.abort();
    await running;
  }
}

async function unwanted(channel: Channel, clock: Clock, signal: AbortSignal): Promise<void> {
  let wantedAtMs = clock.now();
  while (!signal.aborted && clock.now() - wantedAtMs < LINGER_MS) {
    await sleep(clock, LOOK_MS, signal);
    if (channel.wanted) wantedAtMs = clock.now();
  }
}
