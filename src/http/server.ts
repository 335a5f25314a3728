// The HTTP front of a pump, in whichever of three parts the process plays: alone it listens itself; a primary lets clients in and hands
// them to its workers; a worker is handed connections, and serves streams on them.

import type { Server } from 'node:http';
import { aborted } from '../clock.ts';
import { containers } from '../containers/index.ts';
import { app } from './app.ts';
import type { Certificates } from './certificate.ts';
import { mostConnections, warnOfFiles, watchFiles } from './connections.ts';
import { type Hand, openDoor, type Scheme } from './doors.ts';
import { keepStreams } from './forward.ts';
import {
  createHttpServer,
  guard,
  type Shared,
  LONGEST_HEAD_BYTES,
  type Patience,
  refusing,
  whenEmpty,
} from './guard.ts';
import { hearInside } from './inside.ts';
import { type Address, type Place, listen, listenInside } from './listen.ts';
import { type MeansOptions, lookUp, openMeans } from './means.ts';

const SCHEMES = ['http', 'https'] as const;
const USUAL_PATIENCE = { handshakeMs: 10_000, headMs: 10_000, lookMs: 1000, idleMs: 10_000 };

export interface Front extends Omit<MeansOptions, 'containers' | 'connections'> {
  readonly http?: Place;
  readonly https?: Place & { readonly certificates: Certificates };
  /** all that the pump knows, where nothing else is said */
  readonly containers?: MeansOptions['containers'];
  readonly primary?: Primary;
  readonly worker?: Worker;
  readonly patience?: Partial<Patience>;
  /** hears the addresses as soon as all can be opened */
  readonly told?: (addresses: readonly Address[]) => void;
}

/** It has the sources, and lets nobody in itself. */
export interface Primary {
  /** the Unix socket at which its workers find it */
  readonly inside: string;
  readonly hand: Hand;
}

/** It is handed connections instead of listening. */
export interface Worker {
  /** the primary's `inside`, to which it passes on whatever is no request for a stream */
  readonly to: string;
  /** is given the function that takes a connection, and the number of those that are open */
  readonly opened: (take: Hand, connections: () => number) => void;
  /** aborted: no connection comes any more, and the front is over when all have gone */
  readonly leaving: AbortSignal;
}

interface Opening extends Shared {
  readonly front: Front;
  /** A server that answers; it is ended with the front. */
  readonly open: (server: Server) => Server;
  readonly closing: (() => Promise<void>)[];
}

/** Listens until aborted; resolves when no connection is left. */
export async function runHttp(front: Front, signal: AbortSignal): Promise<void> {
  const { primary, worker } = front;
  const ports: { http?: number; https?: number } = {};
  const sockets: Shared['sockets'] = new Set();
  const means = openMeans({ containers, ports, connections: () => sockets.size, ...front }, signal);
  const patience = { ...USUAL_PATIENCE, mostConnections: mostConnections(), ...front.patience };
  if (!primary) warnOfFiles(means, patience.mostConnections);
  const shared = { means, patience, sockets, respond: app(means).callback() };
  const closing: Opening['closing'] = [];
  const open = (server: Server) => (closing.push(guard(server, shared)), server);
  const opening = { ...shared, front, open, closing };
  const stopWatching = watchFiles(means);
  try {
    const addresses = await (primary
      ? asPrimary(primary, opening)
      : worker
        ? asWorker(worker, opening)
        : alone(opening));
    for (const { url, port } of addresses) {
      ports[url.startsWith('https:') ? 'https' : 'http'] = port;
      means.log.info({ url }, 'listening');
    }
    front.told?.(addresses);
    await (worker ? Promise.race([aborted(signal), left(worker, sockets)]) : aborted(signal));
  } finally {
    stopWatching();
    await Promise.all(closing.map((close) => close()));
  }
}

async function alone({ front, open, patience }: Opening): Promise<Address[]> {
  const addresses: Address[] = [];
  for (const [scheme, place] of placesOf(front))
    addresses.push(await listen(open(serverFor(scheme, front, patience)), place, scheme));
  return addresses;
}

async function asPrimary({ inside, hand }: Primary, { front, open, closing, means, patience }: Opening) {
  const server = createHttpServer(patience);
  hearInside(server);
  await listenInside(open(server), inside);
  const addresses: Address[] = [];
  for (const [scheme, place] of placesOf(front)) {
    const door = await openDoor(place, scheme, hand, means.log);
    closing.push(async () => door.close());
    addresses.push(door.address);
  }
  return addresses;
}

async function asWorker(
  { to, opened }: Worker,
  { front, open, means, patience, sockets }: Opening,
): Promise<Address[]> {
  const { streams, clock, connections } = means;
  const isOurs = (path: string) => isWritten(path) && lookUp(streams, path) !== undefined;
  const servers: Partial<Record<Scheme, Server>> = {};
  for (const [scheme] of placesOf(front)) {
    const server = serverFor(scheme, front, patience);
    server.maxRequestsPerSocket = 1; // the next may be one for the primary
    keepStreams(server, { to, isOurs, clock, headMs: patience.headMs, mostBytes: LONGEST_HEAD_BYTES });
    servers[scheme] = open(server);
  }
  const refused = refusing(means);
  const take: Hand = (scheme, socket) => {
    if (sockets.size < patience.mostConnections) return void servers[scheme]?.emit('connection', socket);
    refused(socket.remoteAddress);
    socket.destroy();
  };
  opened(take, connections);
  return [];
}

function placesOf(front: Front): (readonly [Scheme, Place])[] {
  return SCHEMES.flatMap((scheme) => (front[scheme] ? [[scheme, front[scheme]] as const] : []));
}

function serverFor(scheme: Scheme, { https }: Front, patience: Patience): Server {
  return createHttpServer(patience, scheme === 'https' ? https?.certificates : undefined);
}

function isWritten(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

/** Resolves when a worker that is to leave has no connection left. */
async function left({ leaving }: Worker, sockets: Shared['sockets']): Promise<void> {
  await aborted(leaving);
  await new Promise<void>((resolve) => whenEmpty(sockets, resolve));
}
