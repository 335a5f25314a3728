// Which address of this pump a client has used: scheme, host with port, and the path before ours that a proxy has taken away. It
// gets into playlists and pages, so nothing but what a host may be made of (RFC 3986 3.2.2) is ever taken over.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { PumpError } from '../../errors.ts';
import { bracketed } from '../../range.ts';
import { plain } from './addresses.ts';
import type { Forwarding } from './forwarding.ts';
import { isEncrypted } from '../inside.ts';
import { connectionOf } from '../line.ts';

type Scheme = 'http' | 'https';
/** where the pump listens */
export type Ports = { readonly [S in Scheme]?: number };

export interface Origin {
  /** `https://pump.example/tv`: what stands before `/streams/…`, without a slash at its end */
  readonly base: string;
  /** The same by the pump's other listener, where no proxy and no port mapping hides it. */
  readonly other?: string;
}

const USUAL: Readonly<Record<Scheme, number>> = { http: 80, https: 443 };

/** RFC 1035 2.3.4 bounds a name; underscores are no letters of host names, and in use. */
const NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,252})$/i;
/** As long as two paths of streams. */
const PREFIX = /^(?:\/[a-z0-9_~.-]+){1,32}$/i;
const LONGEST_PREFIX = 400;

export function readOrigin(req: IncomingMessage, told: Forwarding, ports: Ports = {}): Origin {
  const own: Scheme = isEncrypted(connectionOf(req)) ? 'https' : 'http';
  const scheme = isScheme(told.scheme) ? told.scheme : own;
  const host = hostOf(req, told);
  const base = `${scheme}://${written(host, scheme)}${prefixOf(told)}`;
  const isDirect = told.proxies === 0 && (host.port ?? USUAL[own]) === req.socket.localPort;
  const other: Scheme = own === 'http' ? 'https' : 'http';
  const port = ports[other];
  if (!isDirect || port === undefined) return { base };
  return { base, other: `${other}://${written({ ...host, port }, other)}` };
}

interface Host {
  /** in brackets where it is an IPv6 address */
  readonly name: string;
  readonly port?: number;
}

/** The client's own word, or what proxies say of it; who says nothing (HTTP/1.0) is told the address that he has called. */
function hostOf(req: IncomingMessage, told: Forwarding): Host {
  const forwarded = told.host === undefined ? undefined : readHost(told.host);
  const asked = req.headers.host ?? '';
  const host = forwarded ?? (asked === '' ? called(req) : readHost(asked));
  if (!host) throw new PumpError('bad request', 'Send a Host header that names this server: there is none such.');
  const port = host.port ?? portOf(told.port);
  return { name: host.name, ...(port !== undefined && { port }) };
}

function called({ socket }: IncomingMessage): Host {
  const name = bracketed(plain(socket.localAddress ?? ''));
  return { name, ...(socket.localPort !== undefined && { port: socket.localPort }) };
}

/** Undefined: this can be no host. */
function readHost(text: string): Host | undefined {
  const [, name = '', six, digits] = /^(\[([^\]]{2,45})\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (six === undefined ? !NAME.test(name) : isIP(six) !== 6 || six.includes('%')) return undefined;
  const port = portOf(digits);
  if (digits !== undefined && port === undefined) return undefined;
  return { name, ...(port !== undefined && { port }) };
}

function portOf(digits: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(digits ?? '') ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function isScheme(text: string | undefined): text is Scheme {
  return text === 'http' || text === 'https';
}

function written({ name, port }: Host, scheme: Scheme): string {
  return port === undefined || port === USUAL[scheme] ? name : `${name}:${port}`;
}

function prefixOf({ prefix = '' }: Forwarding): string {
  const bare = prefix.replace(/\/$/, '');
  const isGood = bare.length <= LONGEST_PREFIX && PREFIX.test(bare) && !/\/\.\.?(?:\/|$)/.test(bare);
  return isGood ? bare : '';
}
