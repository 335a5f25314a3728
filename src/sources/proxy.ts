// How an HTTP server is reached: directly, over a Unix socket, or through the proxy: by an absolute request for http, as
// old proxies know it, by CONNECT for https. This machine is always asked directly.

import { isIP, type Socket } from 'node:net';
import { PumpError } from '../errors.ts';
import { range, readNetwork } from '../range.ts';
import type { Address } from './address.ts';
import { dial, type Door, nameOf, type Patience, secured } from './dial.ts';
import { basic, credentialsOf } from './digest.ts';
import { exchange } from './reply.ts';
import type { Proxy } from './source.ts';

/** A connection, and how the request on it must name what it wants. */
export interface Way {
  readonly socket: Socket;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The proxy, where this address is asked through it. */
export function proxyFor({ url, socketPath }: Address, proxy: Proxy | undefined): Proxy | undefined {
  if (!proxy || socketPath !== undefined || bypassing(proxy.bypass)(doorOf(url).host)) return undefined;
  return proxy;
}

export async function reach(address: Address, configured: Proxy | undefined, patience: Patience): Promise<Way> {
  const { url, socketPath, shown } = address;
  const proxy = proxyFor(address, configured);
  const target = url.pathname + url.search;
  if (socketPath !== undefined) return { socket: await dial({ path: socketPath }, patience), target, headers: {} };
  const door = doorOf(url);
  if (!proxy) {
    const socket = await dial(door, patience);
    return {
      socket: url.protocol === 'https:' ? await secured(socket, door.host, shown, patience) : socket,
      target,
      headers: {},
    };
  }
  const { socket, headers } = await call(new URL(proxy.url), patience);
  if (url.protocol === 'http:') return { socket, target: url.origin + target, headers };
  await tunnel(socket, door, headers, patience);
  return { socket: await secured(socket, door.host, shown, patience), target, headers: {} };
}

async function call(url: URL, patience: Patience) {
  const door = doorOf(url);
  const plain = await dial(door, patience);
  const socket = url.protocol === 'https:' ? await secured(plain, door.host, url.host, patience) : plain;
  const credentials = credentialsOf(url);
  const headers: Way['headers'] = credentials ? { 'Proxy-Authorization': basic(credentials) } : {};
  return { socket, headers };
}

async function tunnel(socket: Socket, door: TcpDoor, headers: Way['headers'], patience: Patience): Promise<void> {
  const target = nameOf(door);
  const question = { method: 'CONNECT', target, headers: { Host: target, ...headers }, where: 'the proxy' } as const;
  const reply = await exchange(socket, question, patience);
  if (reply.status >= 200 && reply.status < 300) return;
  reply.close();
  throw new PumpError('upstream failed', `the proxy answers ${reply.status} when asked for ${target}`);
}

type TcpDoor = Extract<Door, { host: string }>;

function doorOf(url: URL): TcpDoor {
  return { host: bare(url.hostname), port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) };
}

/** Brackets of an IPv6 address are the URL's, a dot at the end is the name server's. */
function bare(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Says of a host whether it is asked directly. Names are compared as they are written, never looked up: what a name
 *  server says shall not decide which way credentials go. */
export function bypassing(rules: readonly string[]): (host: string) => boolean {
  const all = rules.map(bare);
  const isNear = range(['localhost', ...all.filter(readNetwork)]);
  const names = ['localhost', '.localhost', ...all.filter((rule) => !readNetwork(rule))];
  return (host) => {
    const name = bare(host);
    if (isIP(name)) return isNear(name);
    return names.some(
      (rule) => name === rule || (rule.startsWith('.') && (name.endsWith(rule) || name === rule.slice(1))),
    );
  };
}
