// The HTTP front of one process: listens, plain and with TLS, bounds what a client may cost before it is known what it
// wants, and ends gracefully.

import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { containers } from '../containers/index.ts';
import { tally } from '../log.ts';
import { app } from './app.ts';
import type { Certificates } from './certificate.ts';
import { mostConnections, warnOfFiles } from './connections.ts';
import { type Means, type MeansOptions, lookUp, openMeans } from './means.ts';
import { hangUp } from './garbage.ts';
import { keepStreams } from './forward.ts';
import { hearInside, isBetterAnew } from './inside.ts';
import { onLines } from './line.ts';
import { inTurns } from './turns.ts';
import { aborted, end, left } from './ending.ts';
import { type Hand, openDoor, type Scheme } from './doors.ts';
import { type Address, type Place, listen, listenInside } from './listen.ts';

const SCHEMES = ['http', 'https'] as const;

/** How much patience the server has with its clients. */
interface Patience {
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

/** Players send one request beside their stream, browsers none before they have an answer: each that waits for its turn
 *  costs memory. */
const MOST_WAITING = 16;
/** Far more than real players send: cookies of browsers are the longest. */
const LONGEST_HEAD_BYTES = 16 * 1024;
export interface Front extends Omit<MeansOptions, 'containers' | 'connections'> {
  readonly http?: Place;
  readonly https?: Place & { readonly certificates: Certificates };
  /** all that the pump knows, where nothing else is said */
  readonly containers?: MeansOptions['containers'];
  readonly primary?: Primary;
  readonly worker?: Worker;
  /** handed what other rules are told by */
  readonly renewed?: (renew: Means['renew']) => void;
  readonly patience?: Partial<Patience>;
  /** hears the addresses as soon as all can be opened */
  readonly told?: (addresses: readonly Address[]) => void;
}

/** It has the sources, and lets nobody in itself. */
export interface Primary {
  /** the Unix socket at which the others find it */
  readonly inside: string;
  readonly hand: Hand;
}

/** It is handed connections instead of listening. */
export interface Worker {
  /** the primary's `inside`, where it passes on what is not asked for a stream */
  readonly to: string;
  /** handed what takes a connection, and how many there are */
  readonly opened: (take: Hand, connections: () => number) => void;
  /** aborted: no other comes, and when all have gone it resolves */
  readonly leaving: AbortSignal;
}

/** Listens until aborted; resolves when no connection is left. */
export async function runHttp(front: Front, signal: AbortSignal): Promise<void> {
  const ports: { http?: number; https?: number } = {};
  const sockets = new Set<Socket>();
  const means = openMeans({ containers, ports, connections: () => sockets.size, ...front }, signal);
  front.renewed?.((rules) => means.renew(rules));
  const patience = {
    handshakeMs: 10_000,
    headMs: 10_000,
    lookMs: 1000,
    idleMs: 10_000,
    mostConnections: mostConnections(),
    ...front.patience,
  };
  if (!front.primary) warnOfFiles(means, patience.mostConnections);
  const respond = app(means).callback();
  const open: (() => Promise<void>)[] = [];
  const { primary, worker } = front;
  try {
    const addresses: Address[] = [];
    const servers: Partial<Record<Scheme, Server>> = {};
    for (const scheme of primary ? [] : SCHEMES) {
      const place = front[scheme];
      if (!place) continue;
      const server = create(front, scheme, patience);
      if (worker) keep(server, worker.to, means, patience);
      open.push(guard(server, sockets, respond, means, patience));
      servers[scheme] = server;
      if (!worker) addresses.push(await listen(server, place, scheme));
    }
    if (primary) {
      const server = onLines(createServer(limits(patience)));
      hearInside(server);
      open.push(guard(server, sockets, respond, means, patience));
      await listenInside(server, primary.inside);
      for (const scheme of SCHEMES) {
        const place = front[scheme];
        const door = place && (await openDoor(place, scheme, primary.hand, means.log));
        if (!door) continue;
        open.push(async () => door.close());
        addresses.push(door.address);
      }
    }
    worker?.opened(taking(servers, sockets, means, patience), means.connections);
    for (const { url, port } of addresses) {
      ports[url.startsWith('https:') ? 'https' : 'http'] = port;
      means.log.info({ url }, 'listening');
    }
    front.told?.(addresses);
    await (worker ? Promise.race([aborted(signal), left(sockets, worker.leaving)]) : aborted(signal));
  } finally {
    await Promise.all(open.map((close) => close()));
  }
}

/** One request on each connection: the next may be one for the other process. */
function keep(server: Server, to: string, { streams, clock }: Means, { headMs }: Patience): void {
  server.maxRequestsPerSocket = 1;
  const isOurs = (path: string) => isWritten(path) && lookUp(streams, path) !== undefined;
  keepStreams(server, { to, isOurs, clock, headMs, mostBytes: LONGEST_HEAD_BYTES });
}

function isWritten(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

function taking(
  servers: Partial<Record<Scheme, Server>>,
  sockets: ReadonlySet<Socket>,
  means: Means,
  { mostConnections }: Patience,
): Hand {
  const refused = tally(means.log, 'connection refused: there are too many', means.clock);
  return (scheme, socket) => {
    if (sockets.size < mostConnections) return void servers[scheme]?.emit('connection', socket);
    refused({ address: socket.remoteAddress });
    socket.destroy();
  };
}

function create(front: Front, scheme: Scheme, patience: Patience): Server {
  if (scheme === 'http' || !front.https) return onLines(createServer(limits(patience)));
  const { certificates } = front.https;
  const handshakeTimeout = patience.handshakeMs;
  const server = onLines(createTlsServer({ ...limits(patience), ...certificates.now, handshakeTimeout }));
  certificates.onNext((next) => server.setSecureContext(next));
  return server;
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
  const takeTurn = inTurns(means.clock);
  const passedOver = new WeakMap<Duplex, number>();
  const refused = tally(means.log, 'connection refused: there are too many', means.clock);
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
  server.on('drop', (dropped) => refused({ address: dropped?.remoteAddress }));
  server.on('request', request);
  // Whoever asks before he sends is told to go on by the route that wants the body, once it is known that he may.
  server.on('checkContinue', request);
  // Where a connection is for one request, those behind it are never heard of here.
  server.on('dropRequest', (_, socket) => {
    const count = (passedOver.get(socket) ?? 0) + 1;
    passedOver.set(socket, count);
    if (count > MOST_WAITING) socket.destroy();
  });
  server.on('clientError', (error, socket) => hangUp(error, socket, answers.get(socket) ?? [], means));
  return () => end(server, sockets, means.clock);
}
