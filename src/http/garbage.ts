// What comes to an HTTP port and is no HTTP request, or never becomes a whole one.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Means } from './means.ts';

const LINES: Readonly<Record<string, readonly [status: string, line: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The head of a request may have 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not come in time: send it again.'],
};
const BAD_REQUEST = ['400 Bad Request', 'This is no HTTP request.'] as const;

interface Garbage extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** `answers`: those that are being given on this connection */
export function hangUp(
  error: Garbage,
  socket: Duplex,
  answers: Iterable<ServerResponse>,
  { containers, log }: Pick<Means, 'containers' | 'log'>,
): void {
  log.debug({ reason: error.message, code: error.code }, 'connection hung up on');
  const hasBegun = [...answers].some((res) => res.headersSent);
  // Behind the handshake it would be a line (line.ts). What is written before is never sent, and its end would be waited for for ever.
  const isGreeted = !(socket instanceof TLSSocket);
  const isAnswered =
    isGreeted && socket.writable && !hasBegun && !isGone(error) && !isOtherHello(error.rawPacket, containers);
  if (!isAnswered) return void socket.destroy();
  const [status, line] = LINES[error.code ?? ''] ?? BAD_REQUEST;
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${line.length + 1}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${line}\n`, () => socket.destroy());
}

/** The other side broke off, in the middle of a body even: the usual end of an encoder that is switched off. */
function isGone({ code }: Garbage): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_EOF_STATE';
}

function isOtherHello(bytes: Buffer | undefined, containers: Means['containers']): boolean {
  if (!bytes || bytes.length === 0) return false;
  const hellos = containers.flatMap(({ manners }) => manners?.otherHellos ?? []);
  return hellos.some((hello) => {
    const length = Math.min(bytes.length, hello.length);
    return bytes.subarray(0, length).equals(hello.subarray(0, length));
  });
}
