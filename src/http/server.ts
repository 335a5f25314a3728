// The HTTP front of one process: listens, plain and with TLS, bounds what a client may cost before it is known what it
// wants, and ends gracefully.

import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { containers } from '../containers/index.ts';
import { tally } from '../log.ts';
import { app } from './app.ts';
import type { CertificateFiles } from '../certificate.ts';
import { readCertificate, renew } from './certificate.ts';
import { mostConnections, warnOfFiles } from './connections.ts';
import { type Means, type MeansOptions, openMeans } from './means.ts';
import { hangUp } from './garbage.ts';
import { type Address, type Place, listen } from './listen.ts';

/** How much patience the server has with its clients. */
interface Patience {
  /** for the head of a request, from its first byte or the connection's beginning */
  readonly headMs: number;
  /** how often it is looked for heads that are late */
  readonly lookMs: number;
  /** for the next request on the same connection */
  readonly idleMs: number;
  readonly mostConnections: number;
}

/** Far more than real players send: cookies of browsers are the longest. */
const LONGEST_HEAD_BYTES = 16 * 1024;
const HANDSHAKE_MS = 10_000;
/** Viewers get the end of their stream in this time when the pump stops. */
const ENDING_MS = 5000;

export interface Front extends Omit<MeansOptions, 'containers' | 'connections'> {
  readonly http?: Place;
  readonly https?: Place & CertificateFiles;
  /** all that the pump knows, where nothing else is said */
  readonly containers?: MeansOptions['containers'];
  readonly patience?: Partial<Patience>;
  /** hears the addresses as soon as all can be opened */
  readonly told?: (addresses: readonly Address[]) => void;
}

/** Listens until aborted; resolves when no connection is left. */
export async function runHttp(front: Front, signal: AbortSignal): Promise<void> {
  const ports: { http?: number; https?: number } = {};
  const sockets = new Set<Socket>();
  const means = openMeans({ containers, ports, connections: () => sockets.size, ...front }, signal);
  const patience = {
    headMs: 10_000,
    lookMs: 1000,
    idleMs: 10_000,
    mostConnections: mostConnections(),
    ...front.patience,
  };
  warnOfFiles(means, patience.mostConnections);
  const respond = app(means).callback();
  const open: (() => Promise<void>)[] = [];
  try {
    const addresses: Address[] = [];
    if (front.http) {
      const server = createServer(limits(patience));
      open.push(guard(server, sockets, respond, means, patience));
      addresses.push(await listen(server, front.http, 'http'));
    }
    if (front.https) {
      const certificate = readCertificate(front.https);
      const server = createTlsServer({ ...limits(patience), ...certificate, handshakeTimeout: HANDSHAKE_MS });
      const stopRenewing = renew(server, front.https, certificate, means.clock, means.log);
      const close = guard(server, sockets, respond, means, patience);
      open.push(() => (stopRenewing(), close()));
      addresses.push(await listen(server, front.https, 'https'));
    }
    for (const { url, port } of addresses) {
      ports[url.startsWith('https:') ? 'https' : 'http'] = port;
      means.log.info({ url }, 'listening');
    }
    front.told?.(addresses);
    await aborted(signal);
  } finally {
    await Promise.all(open.map((close) => close()));
  }
}

function limits({ headMs, lookMs, idleMs }: Patience): ServerOptions {
  return {
    headersTimeout: headMs,
    connectionsCheckingInterval: lookMs,
    requestTimeout: 0, // a push lasts for days
    keepAliveTimeout: idleMs,
    maxHeaderSize: LONGEST_HEAD_BYTES,
  };
}

/** Everything that a server hears; what is returned ends it, and resolves when no connection is left. */
function guard(
  server: Server,
  sockets: Set<Socket>,
  respond: RequestListener,
  means: Means,
  patience: Patience,
): () => Promise<void> {
  const answers = new WeakMap<Duplex, Set<ServerResponse>>();
  const refused = tally(means.log, 'connection refused: there are too many', means.clock);
  const request: RequestListener = (req, res) => {
    const running = answers.get(req.socket) ?? new Set();
    answers.set(req.socket, running.add(res));
    res.once('close', () => running.delete(res));
    respond(req, res);
  };
  // A connection that could not be accepted; nothing is wrong with those that were.
  server.once('listening', () =>
    server.on('error', (error) => means.log.warn({ reason: error.message }, 'accepting failed')),
  );
  server.maxConnections = patience.mostConnections;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('drop', (dropped) => refused({ address: dropped?.remoteAddress }));
  server.on('request', request);
  // Whoever asks before he sends is told to go on by the route that wants the body, once it is known that he may.
  server.on('checkContinue', request);
  server.on('clientError', (error, socket) => hangUp(error, socket, answers.get(socket) ?? [], means));
  return () => end(server, sockets, means);
}

function end(server: Server, sockets: ReadonlySet<Socket>, { clock }: Means): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ENDING_MS, () => {
      for (const socket of sockets) socket.destroy();
    });
    // Those that wait for their next request are closed at once, the others when they have their answer.
    server.close(() => {
      cancel();
      resolve();
    });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
