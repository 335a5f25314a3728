// Makes a server listen, on IPv6 and IPv4 alike where it can, and says in one line why it cannot.

import { once } from 'node:events';
import type { Server } from 'node:net';
import { codeOf, messageOf, PumpError } from '../errors.ts';
import { bracketed } from '../range.ts';

export interface Place {
  /** `::`, the default: every address of this machine */
  readonly host?: string;
  /** 0: any that is free */
  readonly port: number;
  /** a socket that listens there already, handed over by who started the pump; then the above is not looked at */
  readonly fd?: number;
}

export interface Address {
  /** where a browser on this machine finds it */
  readonly url: string;
  readonly port: number;
}

/** When a stream comes back, thousands of players do in the same moment; with Node's 511 the system lets some of them hang. */
const MOST_WAITING = 4096;

const EVERY_HOST = '::';
const EVERY_HOST_V4 = '0.0.0.0';

export async function listen(
  server: Server,
  { host = EVERY_HOST, port, fd }: Place,
  scheme: 'http' | 'https',
): Promise<Address> {
  if (fd === undefined) await open(server, host, port);
  else await take(server, fd, scheme);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw noSocket(fd, scheme, 'it is none of TCP');
  return { url: `${scheme}://${shown(bound.address)}:${bound.port}/`, port: bound.port };
}

async function open(server: Server, host: string, port: number): Promise<void> {
  try {
    await bind(server, host, port);
  } catch (error) {
    if (host !== EVERY_HOST || !isWithoutV6(codeOf(error))) throw explained(error, host, port);
    await bind(server, EVERY_HOST_V4, port).catch((second: unknown) => {
      throw explained(second, EVERY_HOST_V4, port);
    });
  }
}

/** Listening anew on what listens already sets how many may wait. */
async function take(server: Server, fd: number, scheme: string): Promise<void> {
  try {
    server.listen({ fd }, MOST_WAITING);
    await once(server, 'listening');
  } catch (error) {
    throw noSocket(fd, scheme, messageOf(error));
  }
}

function noSocket(fd: number | undefined, scheme: string, reason: string): PumpError {
  return new PumpError(
    'cannot listen',
    `cannot listen for ${scheme} on the socket that was handed over (${fd}): ${reason}`,
  );
}

/** At a Unix socket, in a folder of this pump's own. */
export async function listenInside(server: Server, path: string): Promise<void> {
  server.listen({ path, backlog: MOST_WAITING });
  await once(server, 'listening');
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, backlog: MOST_WAITING });
  await once(server, 'listening');
}

function isWithoutV6(code: string | undefined): boolean {
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

function explained(error: unknown, host: string, port: number): PumpError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE:
      'another program listens there; stop it or choose another port (--port, or `port` in the configuration)',
    EACCES: 'this user may not listen there; choose a port from 1024 on',
    EADDRNOTAVAIL: 'this machine has no such address; choose one of its own, or :: for all',
    ENOTFOUND: 'there is no host of this name',
  };
  // The sentence is all that people need; what the system said beside it would be told twice.
  const reason = reasons[codeOf(error) ?? ''] ?? messageOf(error);
  return new PumpError('cannot listen', `cannot listen on ${shown(host)}:${port}: ${reason}`);
}

function shown(host: string): string {
  if (host === EVERY_HOST) return 'localhost';
  if (host === EVERY_HOST_V4) return '127.0.0.1';
  return bracketed(host);
}
