// One HTTP request on a connection of its own, and the reply to it. Node's own client with its lenient parser, for all ways:
// Windows Media Encoder is said to find header names in canonical case alone, and undici writes `host` and `connection` in
// lower case; some servers end lines with a bare LF or put control characters into headers, at which undici stops.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Headers, Reply } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import type { Patience } from './dial.ts';
import { trouble } from './trouble.ts';

/** A server that is there says so by its headers; what a source may be silent for afterwards is not decided here. */
const HEADERS_MS = 10_000;

export interface Question {
  readonly method: 'GET' | 'POST' | 'CONNECT';
  /** as it stands in the request line */
  readonly target: string;
  readonly headers: Headers;
  readonly body?: Buffer;
  /** whom it is about, without credentials, for errors */
  readonly where: string;
}

/** Asks; the signal ends the asking and the reply, and lets go of the connection, which serves this one request. */
export function exchange(
  socket: Socket,
  { method, target, headers, body, where }: Question,
  patience: Patience,
): Promise<Reply> {
  const { clock, signal } = patience;
  // Node takes a reset for the end of a body that has no length, as the bodies of old servers are.
  let broken: Error | undefined;
  socket.once('error', (error) => (broken = error));
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      cancel();
      socket.destroy();
      reject(signal.aborted ? signal.reason : trouble(where, error));
    };
    const late = `${where} was asked, and does not answer within ${HEADERS_MS / 1000} s`;
    const cancel = clock.after(HEADERS_MS, () => fail(new PumpError('upstream failed', late)));
    const request = httpRequest({
      createConnection: () => socket,
      method,
      path: target,
      headers,
      insecureHTTPParser: true,
      signal,
    });
    request.on('error', fail);
    request.once('response', (response) => {
      cancel();
      resolve(replyOf(response, where, signal, () => broken));
    });
    // Whatever the status: for a CONNECT there is no other event.
    request.once('connect', (response) => {
      cancel();
      resolve({ status: response.statusCode ?? 0, headers: {}, body: response, close: () => socket.destroy() });
    });
    request.end(body);
  });
}

/** Of a header that came in several lines the first one counts. */
export const first = (value: string | string[] | undefined): string | undefined => [value].flat()[0];

function replyOf(
  response: IncomingMessage,
  where: string,
  signal: AbortSignal,
  broken: () => Error | undefined,
): Reply {
  // Nobody may be reading when it breaks; whoever reads is told by the iteration.
  response.on('error', () => {});
  const lines = Object.entries(response.headersDistinct);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(lines.map(([name, values = []]) => [name, values.length === 1 ? values[0] : values])),
    body: read(response, where, signal, broken),
    close: () => void response.destroy(),
  };
}

async function* read(
  response: IncomingMessage,
  where: string,
  signal: AbortSignal,
  broken: () => Error | undefined,
): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
    const error = broken();
    if (error) throw error;
  } catch (error) {
    signal.throwIfAborted();
    throw new PumpError('upstream failed', `${where} broke off in the middle of the stream`, { cause: error });
  }
}
