// Connections that we call: TCP, Unix sockets, and TLS over either. Each is there within a bounded time or fails with one
// sentence; the signal ends the calling, and after that the caller holds the socket.

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { bracketed } from '../range.ts';
import { trouble } from './trouble.ts';

export type Door = { readonly host: string; readonly port: number } | { readonly path: string };

/** Farther than any sound network needs, shorter than anybody wants to wait for the next address to be tried. */
const CONNECT_MS = 10_000;

/** What nobody reads stays in the system, and the other side learns of it. */
const UNREAD = { readableHighWaterMark: 1 };

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function nameOf(door: Door): string {
  if ('path' in door) return door.path;
  return `${bracketed(door.host)}:${door.port}`;
}

export async function dial(door: Door, patience: Patience): Promise<Socket> {
  patience.signal.throwIfAborted();
  return ready(connectTcp({ ...door, ...UNREAD }), 'connect', nameOf(door), patience);
}

/** TLS on top of a connection, with the certificate checked for this host. */
export async function secured(socket: Socket, host: string, where: string, patience: Patience): Promise<Socket> {
  const servername = isIP(host) ? {} : { servername: host };
  return ready(connectTls({ socket, host, ...servername }), 'secureConnect', where, patience);
}

function ready(socket: Socket, event: string, where: string, { clock, signal }: Patience): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      cancel();
      signal.removeEventListener('abort', abort);
      socket.off(event, connected).off('error', settle);
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(signal.aborted ? signal.reason : trouble(where, error));
    };
    const connected = () => settle();
    const abort = () => settle(signal.reason);
    const late = `${where} does not answer within ${CONNECT_MS / 1000} s`;
    const cancel = clock.after(CONNECT_MS, () => settle(new PumpError('upstream failed', late)));
    signal.addEventListener('abort', abort, { once: true });
    // The empty one stays: between two owners nobody listens, and an error must not end the process.
    socket
      .once(event, connected)
      .once('error', settle)
      .on('error', () => {});
  });
}
