// One HTTP server of the front: made, bounded in what a client may cost before it is known what it wants, and ended gracefully.

import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { tally } from '../log.ts';
import type { Certificates } from './certificate.ts';
import { hangUp } from './garbage.ts';
import { isBetterAnew } from './inside.ts';
import { onLines } from './line.ts';
import type { Means } from './means.ts';
import { inTurns } from './turns.ts';

/** How much patience a server has with its clients. */
export interface Patience {
  /** for the handshake of TLS */
  readonly handshakeMs: number;
  /** for the head of a request, from its first byte or the connection's beginning */
  readonly headMs: number;
  /** how often it is looked for heads that are late */
  readonly lookMs: number;
  /** for the next request on the same connection */
  readonly idleMs: number;
  readonly mostConnections: number;
}

/** Far more than real players send: cookies of browsers are the longest. */
export const LONGEST_HEAD_BYTES = 16 * 1024;
/** Players send one request beside their stream, browsers none before they have an answer: each that waits for its turn
 *  costs memory. */
const MOST_WAITING = 16;
/** Viewers get the end of their stream in this time when the pump stops. */
const ENDING_MS = 5000;

/** Without certificates it talks plain HTTP. */
export function createHttpServer(
  { handshakeMs, headMs, lookMs, idleMs }: Patience,
  certificates?: Certificates,
): Server {
  const limits: ServerOptions = {
    headersTimeout: headMs,
    connectionsCheckingInterval: lookMs,
    requestTimeout: 0, // a push lasts for days
    keepAliveTimeout: idleMs,
    maxHeaderSize: LONGEST_HEAD_BYTES,
  };
  if (!certificates) return onLines(createServer(limits));
  const server = onLines(createTlsServer({ ...limits, ...certificates.now, handshakeTimeout: handshakeMs }));
  certificates.onNext((next) => server.setSecureContext(next));
  return server;
}

/** What all servers of a front have in common. */
export interface Shared {
  readonly means: Means;
  readonly patience: Patience;
  readonly respond: RequestListener;
  /** every connection that is open */
  readonly sockets: Set<Socket>;
}

/** Has the server answer. What is returned ends it, and resolves when no connection is left. To be called when nothing else is going
 *  to take the server's place at its connections (beginning.ts). */
export function guard(server: Server, { means, patience, respond, sockets }: Shared): () => Promise<void> {
  const answers = new WeakMap<Duplex, Set<ServerResponse>>();
  const passedOver = new WeakMap<Duplex, number>();
  const refused = refusing(means);
  const takeTurn = inTurns(means.clock);
  const request: RequestListener = (req, res) => {
    const running = answers.get(req.socket) ?? new Set();
    answers.set(req.socket, running.add(res));
    res.once('close', () => running.delete(res));
    if (running.size > MOST_WAITING) return void req.socket.destroy();
    if (isBetterAnew(req)) res.setHeader('Connection', 'close');
    takeTurn(() => {
      if (!req.socket.destroyed) respond(req, res);
    });
  };
  // A connection that could not be accepted; nothing is wrong with those that were.
  server.once('listening', () =>
    server.on('error', (error) => means.log.warn({ reason: error.message }, 'accepting failed')),
  );
  server.maxConnections = patience.mostConnections;
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  server.on('connection', (socket) => sockets.add(socket.on('close', forget)));
  server.on('drop', (dropped) => refused(dropped?.remoteAddress));
  server.on('request', request);
  // A client that asks before it sends its body is told to go on by the route that wants it, once it is known that it may.
  server.on('checkContinue', request);
  // Where a connection is for one request, those behind it are never heard of here.
  server.on('dropRequest', (_, socket) => {
    const count = (passedOver.get(socket) ?? 0) + 1;
    passedOver.set(socket, count);
    if (count > MOST_WAITING) socket.destroy();
  });
  server.on('clientError', (error, socket) => hangUp(error, socket, answers.get(socket) ?? [], means));
  return () => end(server, sockets, means);
}

/** Tells in the log of connections for which there was no room. */
export function refusing({ log, clock }: Means): (address: string | undefined) => void {
  const refused = tally(log, 'connection refused: there are too many', clock);
  return (address) => refused({ address });
}

function end(server: Server, sockets: ReadonlySet<Socket>, { clock }: Means): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ENDING_MS, () => {
      for (const socket of sockets) socket.destroy();
    });
    // Connections that wait for their next request are closed at once, the others when they have their answer.
    server.close(() =>
      whenEmpty(sockets, () => {
        cancel();
        resolve();
      }),
    );
  });
}

export function whenEmpty(sockets: ReadonlySet<Socket>, then: () => void): void {
  const [one] = sockets;
  if (one) one.once('close', () => whenEmpty(sockets, then));
  else then();
}
