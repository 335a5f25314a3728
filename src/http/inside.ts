// Processes that are one pump together. The one that has the sources listens at a Unix socket in a folder that nobody else may
// enter; the others ask it for streams there, by the ordinary link, or pass on connections that are not theirs to serve. These
// begin with a line that says whose they are; everything behind takes it for the connection's own.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { before, begin } from './beginning.ts';
import { connectionOf } from './line.ts';

/** Whose connection is passed on. It is told in a line of JSON, like which no request begins. */
interface For {
  readonly address: string;
  readonly port: number;
  readonly isEncrypted: boolean;
  /** the address and port that it came to */
  readonly localAddress: string;
  readonly localPort: number;
}

const BRACE = 0x7b;
const MOST_LINE_BYTES = 256;

export function lineFor(socket: Socket): string {
  const { remoteAddress: address = '', remotePort: port = 0, localAddress = '', localPort = 0 } = socket;
  const whom: For = { address, port, isEncrypted: isEncrypted(socket), localAddress, localPort };
  return `${JSON.stringify(whom)}\n`;
}

/** processes themselves, not somebody for whom they ask */
const insiders = new WeakSet<Socket>();

/** connections of clients, who came to another process */
const passedOn = new WeakSet<Socket>();

/** Whether this connection should not be kept for the next request: that may be one for a stream, which is better served where the
 *  client is. Encoders go on as they like. */
export function isBetterAnew(req: IncomingMessage): boolean {
  const { method } = req;
  return passedOn.has(connectionOf(req)) && (method === 'GET' || method === 'HEAD');
}

/** Whether another process of this pump asks: it has looked itself who may and whether there is room. */
export function isInside(req: IncomingMessage): boolean {
  return insiders.has(connectionOf(req));
}

/** Of a server that only processes of this pump can reach. */
export function hearInside(server: Server): void {
  before(server, (socket, attach) => {
    socket.on('error', () => {});
    begin(socket, verdict, (start, whom) => {
      if (whom === undefined || whom === 'nonsense') return void socket.destroy();
      if (whom === 'inside') insiders.add(socket);
      else passedOn.add(Object.defineProperties(socket, ownershipOf(whom)));
      attach(whom === 'inside' ? start : start.subarray(start.indexOf('\n') + 1));
    });
  });
}

function verdict(start: Buffer): For | 'inside' | 'nonsense' | undefined {
  if (start[0] !== BRACE) return 'inside';
  const end = start.indexOf('\n');
  if (end < 0) return start.length > MOST_LINE_BYTES ? 'nonsense' : undefined;
  try {
    return JSON.parse(start.toString('latin1', 0, end));
  } catch {
    return 'nonsense';
  }
}

/** What Node and Koa read from a socket. */
function ownershipOf({ address, port, isEncrypted: encrypted, localAddress, localPort }: For): PropertyDescriptorMap {
  const all = { remoteAddress: address, remotePort: port, encrypted, localAddress, localPort };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { value }]));
}

/** Whether its client talks TLS. */
export function isEncrypted(socket: Socket): boolean {
  return socket instanceof TLSSocket || ('encrypted' in socket && socket.encrypted === true);
}
