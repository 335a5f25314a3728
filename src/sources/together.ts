// Reads a live source no more often than its channel sends. Each chunk that wakes the pump costs far more than its bytes: caches are cold
// from writing to a thousand viewers. So what comes is left where it is while nobody needs it, and is given to the framing when a
// run is due.

import { setImmediate as turn } from 'node:timers/promises';
import { sleep, type Clock } from '../clock.ts';
import type { Channel } from '../channels/channel.ts';
import type { Linked } from '../linked.ts';

/** A shorter rest saves next to nothing. */
const LEAST_REST_MS = 10;
/** The least that systems take for a connection that is not read: more might hold the sender up. */
const MOST_LYING_BYTES = 64 * 1024;

interface Unread {
  readonly chunk: Buffer;
  readonly cameAtMs: number;
  readonly lainMs: number;
}

/** `read` is given each chunk, when it was read, and how long before it may have come. What it throws ends the reading. */
export async function readTogether(
  bytes: AsyncIterable<Buffer>,
  channel: Channel,
  clock: Clock,
  own: Linked,
  read: (chunk: Buffer, cameAtMs: number, lainMs: number) => void,
): Promise<void> {
  let unread: Unread[] = [];
  let unreadBytes = 0;
  let restedAtMs: number | undefined;

  const bring = (): void => {
    const all = unread;
    unread = [];
    unreadBytes = 0;
    restedAtMs = undefined;
    if (own.signal.aborted) return;
    try {
      for (const { chunk, cameAtMs, lainMs } of all) read(chunk, cameAtMs, lainMs);
    } catch (error) {
      own.abort(error);
    }
  };

  const rest = async (): Promise<void> => {
    const restMs = Math.min(channel.spareMs, (MOST_LYING_BYTES * 8000) / channel.bitrate);
    if (restMs < LEAST_REST_MS) return;
    restedAtMs = clock.now();
    await sleep(clock, restMs, own.signal);
  };

  try {
    for await (const chunk of bytes) {
      const cameAtMs = clock.now();
      unread.push({ chunk, cameAtMs, lainMs: restedAtMs === undefined ? 0 : cameAtMs - restedAtMs });
      unreadBytes += chunk.length;
      await rest();
      channel.coming(unreadBytes, bring);
      // So much has come that it did not lie. The system would hand over two megabytes in one go, and there are streams of which each byte
      // costs ten times the usual (tables that are others every time).
      if (unread.length === 0) await turn();
      own.signal.throwIfAborted();
    }
  } finally {
    bring();
  }
}
