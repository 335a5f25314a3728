// How a server ends: nobody else comes in, and those who are in have their time to go.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';

/** Viewers get the end of their stream in this time when the pump stops. */
const ENDING_MS = 5000;

/** Resolves when no connection is left. */
export function end(server: Server, sockets: ReadonlySet<Socket>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ENDING_MS, () => {
      for (const socket of sockets) socket.destroy();
    });
    // Those that wait for their next request are closed at once, the others when they have their answer.
    server.close(() =>
      whenEmpty(sockets, () => {
        cancel();
        resolve();
      }),
    );
  });
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Resolves when it was told to leave and all have gone. */
export async function left(sockets: ReadonlySet<Socket>, leaving: AbortSignal): Promise<void> {
  await aborted(leaving);
  await new Promise<void>((resolve) => whenEmpty(sockets, resolve));
}

function whenEmpty(sockets: ReadonlySet<Socket>, then: () => void): void {
  const [one] = sockets;
  if (one) one.once('close', () => whenEmpty(sockets, then));
  else then();
}
