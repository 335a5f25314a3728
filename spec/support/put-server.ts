// A server that a stream is PUT to, which remembers every request: says 100 Continue, takes bodies, and answers at their end.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listening } from './listening.ts';

export interface Put {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  body: Buffer;
  /** the body came to its end */
  isWhole: boolean;
}

export interface Behaviour {
  /** Answers the nth request itself, before or instead of 100 Continue; false: leaves it. */
  readonly head?: (request: IncomingMessage, response: ServerResponse, nth: number) => boolean;
  /** Answers it, or hangs up, whenever something of its body has come. */
  readonly body?: (put: Put, request: IncomingMessage, response: ServerResponse, nth: number) => void;
  /** Answers it at its end, or never; false: leaves it. */
  readonly end?: (response: ServerResponse, nth: number) => boolean;
  /** Knows of no 100 Continue. */
  readonly isOld?: boolean;
}

export interface PutServer {
  readonly url: string;
  readonly puts: readonly Put[];
  /** Resolves when it is so. */
  until(isSo: (puts: readonly Put[]) => boolean): Promise<void>;
}

export async function putServer({ head, body, end, isOld = false }: Behaviour = {}): Promise<PutServer> {
  const puts: Put[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const one of waiting) one();
  };
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const { method, headers } = request;
    const put: Put = { method, headers, body: Buffer.alloc(0), isWhole: false };
    const nth = puts.push(put) - 1;
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => {
      put.body = Buffer.concat([put.body, chunk]);
      if (!response.writableEnded) body?.(put, request, response, nth);
      look();
    });
    request.on('end', () => {
      put.isWhole = true;
      if (!response.writableEnded && !end?.(response, nth)) response.writeHead(204).end();
      look();
    });
    if (!head?.(request, response, nth) && !isOld && headers.expect !== undefined) response.writeContinue();
    look();
  };
  const server = createServer(take);
  server.on('checkContinue', take);
  const port = await listening(server);
  onTestFinished(() => server.closeAllConnections());
  return {
    url: `http://127.0.0.1:${port}/streams/hall_push`,
    puts,
    until: (isSo) =>
      new Promise((resolve) => {
        const one = () => {
          if (!isSo(puts)) return;
          waiting.delete(one);
          resolve();
        };
        waiting.add(one);
        one();
      }),
  };
}
