// A fake origin: a real server on loopback whose every answer is written down in the spec, and which knows how many
// connections it still has open.

import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Means } from '../../src/sources/source.ts';
import { type HandClock, handClock, settle } from './clock.ts';
import { silent } from './log.ts';

export interface Origin {
  readonly port: number;
  readonly host: string;
  /** connections that came, and those of them that are still open */
  readonly came: number;
  readonly open: number;
  /** heads of the requests, as the bytes came */
  readonly heads: readonly string[];
  close(): Promise<void>;
}

/** What comes of every request is decided by the spec. */
export async function origin(answer: RequestListener): Promise<Origin> {
  const heads: string[] = [];
  const server = createHttpServer((request, response) => {
    heads.push(headOf(request));
    response.on('error', () => {});
    answer(request, response);
  });
  return serving(server, heads);
}

/** For servers that are no good HTTP servers: gets the socket and the head that came. */
export async function rawOrigin(answer: (socket: Socket, head: string) => void): Promise<Origin> {
  const heads: string[] = [];
  const server = createServer((socket) => {
    let head = '';
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      heads.push(head);
      answer(socket, head);
    };
    socket.on('data', read);
  });
  return serving(server, heads);
}

/** Counts what any server of Node's has open. */
export async function serving(server: Server, heads: readonly string[] = [], path?: string): Promise<Origin> {
  const sockets = new Set<Socket>();
  let came = 0;
  server.on('connection', (socket) => {
    came += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const port = path === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    port,
    host: `127.0.0.1:${port}`,
    heads,
    get came() {
      return came;
    },
    get open() {
      return sockets.size;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, n) => (n % 2 ? [] : [`${name}: ${rawHeaders[n + 1]}`]));
  return [`${method} ${url} HTTP/${httpVersion}`, ...lines].join('\r\n');
}

/** Waits for a state, as long as the test may take. */
export async function until(state: () => boolean): Promise<void> {
  while (!state()) await settle();
}

export interface HandMeans extends Means {
  readonly clock: HandClock;
}

export function handMeans(more: Partial<Means> = {}): HandMeans {
  return { log: silent, self: 'here/stream', ...more, clock: handClock() };
}

/** Reads a feed into one text, while the spec goes on. */
export function reading(bytes: AsyncIterable<Buffer>) {
  const seen = { text: '', ended: false, error: undefined as unknown, finished: Promise.resolve() };
  const run = async () => {
    try {
      for await (const chunk of bytes) seen.text += chunk.toString('latin1');
      seen.ended = true;
    } catch (error) {
      seen.error = error;
    }
  };
  seen.finished = run();
  return seen;
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('this should have failed');
}
