// A Windows Media server as an encoder sees it ([MS-WMHTTP] 3.2.5), which remembers every request: gives a place, takes bodies,
// answers when the last byte that was promised is there or the stream is over.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listening } from './listening.ts';

export interface Frame {
  readonly letter: string;
  readonly body: Buffer;
}

export interface Taken {
  readonly kind: 'set-up' | 'start';
  /** the head's lines as they came */
  readonly lines: readonly string[];
  readonly headers: IncomingMessage['headers'];
  /** one number for each connection */
  readonly connection: number;
  body: Buffer;
}

export interface Behaviour {
  /** Answers a set-up itself, or leaves it. */
  readonly setUp?: (request: IncomingMessage, response: ServerResponse, nth: number) => boolean;
  /** Hangs up on the nth start after so many bytes of its body. */
  readonly hangUp?: (nth: number) => number | undefined;
  /** Answers the nth start in the middle of its body. */
  readonly early?: (nth: number) => { readonly status: number; readonly line: string } | undefined;
  /** What it answers to a start that came to its end; 204 otherwise. */
  readonly whole?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export const SERVER = { Server: 'Cougar/9.6.7600.16564', 'Content-Length': '0' } as const;
export const PLACE = '4124758405';

export interface PushServer {
  readonly url: string;
  readonly taken: readonly Taken[];
  readonly starts: readonly Taken[];
  /** Resolves when the request number n (from 0) has so many bytes of its body. */
  has(nth: number, bytes: number): Promise<void>;
}

export async function pushServer(behaviour: Behaviour = {}): Promise<PushServer> {
  const taken: Taken[] = [];
  const sockets: Socket[] = [];
  const waiting = new Set<() => void>();
  const starts = () => taken.filter(({ kind }) => kind === 'start');
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    const kind = request.headers['content-type'] === 'application/x-wms-pushsetup' ? 'set-up' : 'start';
    const nth = taken.filter((one) => one.kind === kind).length;
    const one: Taken = {
      kind,
      lines: lines(request),
      headers: request.headers,
      connection: sockets.indexOf(request.socket),
      body: Buffer.alloc(0),
    };
    taken.push(one);
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => {
      one.body = Buffer.concat([one.body, chunk]);
      if (kind === 'start') hear(one, nth, request, response, behaviour);
      for (const look of waiting) look();
    });
    request.on('end', () => {
      if (kind === 'start')
        return void (response.writableEnded || response.writeHead(behaviour.whole ?? 204, SERVER).end());
      if (behaviour.setUp?.(request, response, nth)) return;
      response.writeHead(204, { ...SERVER, 'Set-Cookie': `push-id=${PLACE}` }).end();
    });
  };
  const server = behaviour.tls ? createTlsServer(behaviour.tls, respond) : createServer(respond);
  server.on(behaviour.tls ? 'secureConnection' : 'connection', (socket: Socket) => sockets.push(socket));
  const port = await listening(server);
  onTestFinished(() => server.closeAllConnections());
  return {
    url: `${behaviour.tls ? 'https' : 'http'}://127.0.0.1:${port}/streams/hall_push`,
    taken,
    get starts() {
      return starts();
    },
    has: (nth, bytes) =>
      new Promise((resolve) => {
        const look = () => {
          if ((taken[nth]?.body.length ?? -1) < bytes) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

function hear(one: Taken, nth: number, request: IncomingMessage, response: ServerResponse, behaviour: Behaviour): void {
  const most = behaviour.hangUp?.(nth);
  if (most !== undefined && one.body.length >= most) return void request.socket.destroy();
  const early = behaviour.early?.(nth);
  if (early && !response.writableEnded)
    return void response.writeHead(early.status, { Server: SERVER.Server, Connection: 'close' }).end(early.line);
  const last = framesOf(one.body).at(-1);
  if (last?.letter === 'E' && last.body.readUInt32LE() === 0 && !response.writableEnded)
    response.writeHead(204, { ...SERVER, Connection: 'close' }).end();
}

function lines({ method, url, rawHeaders }: IncomingMessage): string[] {
  const all = [`${method} ${url}`];
  for (let n = 0; n < rawHeaders.length; n += 2) all.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
  return all;
}

/** The whole frames of a body. What is no frame is an error; what is cut off at the end is left out. */
export function framesOf(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    if (body[at] !== 0x24) throw new Error(`no frame begins at ${at}`);
    const end = at + 4 + body.readUInt16LE(at + 2);
    if (end > body.length) break;
    frames.push({ letter: String.fromCharCode(body[at + 1] ?? 0), body: body.subarray(at + 4, end) });
    at = end;
  }
  return frames;
}

export function lettersOf(body: Buffer): string {
  return framesOf(body)
    .map(({ letter }) => letter)
    .join('');
}
