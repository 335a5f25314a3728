// What comes to an HTTP port and is no HTTP request, or never becomes a whole one.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';

/** How an MMS-over-TCP client says hello ([MS-MMSP] 2.2.3). It tries MMSH next as soon as it is hung up on, and not before. */
const MMST_HELLO = Buffer.from('01000000cefa0bb0', 'hex');

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
export function hangUp(error: Garbage, socket: Duplex, answers: Iterable<ServerResponse>, log: Logger): void {
  log.debug({ reason: error.message, code: error.code }, 'connection hung up on');
  const hasBegun = [...answers].some((res) => res.headersSent);
  const isAnswered = socket.writable && !hasBegun && !isGone(error) && !isMmst(error.rawPacket);
  if (!isAnswered) return void socket.destroy();
  const [status, line] = LINES[error.code ?? ''] ?? BAD_REQUEST;
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${line.length + 1}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${line}\n`, () => socket.destroy());
}

/** The other side broke off, in the middle of a body even: the usual end of an encoder that is switched off. */
function isGone({ code }: Garbage): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_EOF_STATE';
}

function isMmst(bytes: Buffer | undefined): boolean {
  if (!bytes || bytes.length === 0) return false;
  const length = Math.min(bytes.length, MMST_HELLO.length);
  return bytes.subarray(0, length).equals(MMST_HELLO.subarray(0, length));
}
