// Where clients come in when several processes are a pump together: one listens, since it may have been started as somebody who
// may listen there, and hands each connection as it is to one of the others.

import { createServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { type Address, type Place, listen } from './listen.ts';

export type Scheme = 'http' | 'https';
/** Takes a connection of which nothing has been read yet. */
export type Hand = (scheme: Scheme, socket: Socket) => void;

export interface Door {
  readonly address: Address;
  /** Nobody else comes in; those who are in stay. */
  close(): void;
}

export async function openDoor(place: Place, scheme: Scheme, hand: Hand, log: Logger): Promise<Door> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    hand(scheme, socket);
  });
  const address = await listen(server, place, scheme);
  // A connection that could not be accepted; nothing is wrong with those that were.
  server.on('error', (error) => log.warn({ reason: error.message }, 'accepting failed'));
  return { address, close: () => void server.close() };
}
