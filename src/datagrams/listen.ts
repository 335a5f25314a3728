// A socket that hears what is sent to a group, or to an address of this machine: bound, joined (any source: RFC 1112 and RFC
// 2710; one source: RFC 4607), with room for bursts. It lets go of everything when its signal is aborted.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { codeOf, messageOf, PumpError } from '../errors.ts';
import type { Around } from '../log.ts';
import { type Group, urlOf } from './group.ts';
import { interfaceFor } from './interface.ts';
import { kernelDropsOf } from './kernel-drops.ts';

export interface Wanted {
  readonly group: Group;
  /** a name or an address; the system's choice without it */
  readonly interface?: string;
  readonly bufferBytes?: number;
}

export interface Listener {
  /** a view that is the listener's own from now on */
  take(datagram: Buffer): void;
  /** it hears nothing any more */
  failed(error: PumpError): void;
}

export interface Listening {
  readonly port: number;
  /** what the system gave, which may be less than was asked for */
  readonly bufferBytes: number;
  /** what the system threw away because the buffer was full; undefined where it does not tell */
  kernelDrops(): number | undefined;
  /** Leaves the group and joins it again: routers and switches forget, interfaces come back. Throws where that fails. */
  rejoin(): void;
}

/** A second of 16 Mbit/s: longer than any pause of this process, and what Linux gives after `sysctl` has allowed it. */
const BUFFER_BYTES = 2 * 1024 * 1024;

const isLinux = process.platform === 'linux';

export async function listen(
  { group, interface: which, bufferBytes = BUFFER_BYTES }: Wanted,
  listener: Listener,
  { clock, log }: Around,
  signal: AbortSignal,
): Promise<Listening> {
  signal.throwIfAborted();
  const { family, isMulticast, source } = group;
  const by = () => (which === undefined ? undefined : interfaceFor(which, family));
  const { socket, drops } = await bound(group, by, signal);
  const given = sized(socket, bufferBytes, log, group);
  socket.on('error', (error) => listener.failed(trouble(`${urlOf(group)} is heard no more`, error)));
  socket.on('message', (datagram: Buffer, { address: from }: RemoteInfo) => {
    if (source === undefined || source === withoutZone(from)) listener.take(datagram);
  });
  return {
    port: socket.address().port,
    bufferBytes: given,
    kernelDrops: onceASecond(clock, drops),
    rejoin() {
      if (!isMulticast || signal.aborted) return;
      try {
        leave(socket, group, by());
        join(socket, group, by());
      } catch (error) {
        throw trouble(`cannot join ${urlOf(group)} again`, error);
      }
    },
  };
}

/** A socket that has joined, and is closed when the signal is aborted; and what the system threw away of its. */
async function bound(group: Group, by: () => string | undefined, signal: AbortSignal) {
  const { family, isMulticast, port } = group;
  const address = bindingOf(group, isMulticast ? by() : undefined);
  // Several may hear a group; an address of this machine has one listener, and the second is told so.
  const socket = createSocket({ type: `udp${family}`, reuseAddr: isMulticast });
  let drops: ReturnType<typeof kernelDropsOf> | undefined;
  const letGo = () => {
    signal.removeEventListener('abort', letGo);
    drops?.letGo();
    drops = undefined;
    socket.close();
  };
  socket.once('close', () => signal.removeEventListener('abort', letGo));
  signal.addEventListener('abort', letGo, { once: true });
  socket.once('listening', () => (drops = kernelDropsOf(family, socket.address().port)));
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening', { signal });
    if (isMulticast) join(socket, group, by());
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    letGo();
    throw trouble(`cannot listen at ${urlOf(group)}`, error);
  }
  return { socket, drops: () => drops?.count() };
}

/** On Linux a socket that is bound to a group gets nothing else; elsewhere that is no address to bind to, and other groups on the
 *  same port, which somebody else joined, are heard too. A group of a link needs to be told of which. */
function bindingOf({ address, family, isMulticast }: Group, by: string | undefined): string {
  if (!isMulticast) return address;
  if (!isLinux) return family === 4 ? '0.0.0.0' : '::';
  const isOfLink = family === 6 && /^ff.[12]:/.test(address);
  return isOfLink && by !== undefined ? `${address}${by.replace('::', '')}` : address;
}

function join(socket: Socket, { address, source }: Group, by: string | undefined): void {
  try {
    if (source === undefined) socket.addMembership(address, by);
    else socket.addSourceSpecificMembership(source, address, by);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error; // it is a member already
  }
}

function leave(socket: Socket, { address, source }: Group, by: string | undefined): void {
  try {
    if (source === undefined) socket.dropMembership(address, by);
    else socket.dropSourceSpecificMembership(source, address, by);
  } catch {
    // Its interface went away, and the membership with it.
  }
}

/** Linux keeps twice what it was asked for, for its own book-keeping, and tells that. */
function sized(socket: Socket, bufferBytes: number, log: Logger, group: Group): number {
  const bytesOf = () => socket.getRecvBufferSize() / (isLinux ? 2 : 1);
  try {
    socket.setRecvBufferSize(bufferBytes);
  } catch {
    // Others than Linux refuse what is too much, instead of giving what there is.
  }
  const given = bytesOf();
  if (given >= bufferBytes) return given;
  const hint = isLinux ? `sysctl -w net.core.rmem_max=${bufferBytes}` : 'raise the limit of the system';
  log.warn({ from: urlOf(group), asked: bufferBytes, given, hint }, 'small receive buffer');
  return given;
}

/** Finding a socket in the system's list of all takes a moment. */
function onceASecond<T>(clock: Clock, look: () => T): () => T {
  let seen: { readonly atMs: number; readonly what: T } | undefined;
  return () => {
    const atMs = clock.now();
    if (!seen || atMs - seen.atMs >= 1000) seen = { atMs, what: look() };
    return seen.what;
  };
}

const withoutZone = (address: string) => address.replace(/%.*/, '');

function trouble(what: string, error: unknown): PumpError {
  if (error instanceof PumpError) return error;
  // The sentence is all that people need; what the system said beside it would be told twice.
  const why = REASONS[codeOf(error) ?? ''] ?? messageOf(error);
  return new PumpError('upstream failed', `${what}: ${why}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there already',
  EADDRNOTAVAIL: 'that is no address of this machine',
  ENODEV: 'no network interface leads there; name one with `interface`',
  EINVAL: 'the system does not take this address; a group of a link needs its `interface`',
  EACCES: 'this needs more rights; take a port from 1024',
  ENOBUFS: 'the system allows no more groups (Linux: sysctl net.ipv4.igmp_max_memberships, net.ipv4.igmp_max_msf)',
};
