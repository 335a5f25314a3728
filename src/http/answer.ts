// Puts a whole answer on a connection. Header names keep the case they are written in, which Windows Media encoders
// insist on. Where the client is still sending, it gets the time to read the answer before the connection is closed: a
// socket that is closed over unread bytes is reset, and the answer is lost with it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import type { Clock } from '../clock.ts';
import type { Headers } from '../containers/manners.ts';

/** A body up to here is read to its end, so that the connection can be used again. */
export const SMALL_BODY_BYTES = 4096;
/** What is sent meanwhile is thrown away. */
const LINGER_MS = 2000;

interface Answer {
  readonly status: number;
  readonly headers?: Headers;
  readonly body?: string;
}

export function answer(ctx: Context, { status, headers = {}, body = '' }: Answer, clock: Clock): void {
  const { req, res } = ctx;
  ctx.respond = false;
  if (res.headersSent) return void res.destroy(); // nothing can be said any more
  res.statusCode = status;
  if (body) res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  const isEmpty = status === 204 || status === 304;
  if (!isEmpty && !res.hasHeader('Content-Length')) res.setHeader('Content-Length', Buffer.byteLength(body));
  const bytes = isEmpty || req.method === 'HEAD' ? '' : body;
  if (isComing(req, res)) linger(req, res, bytes, clock);
  else res.end(bytes);
}

/** Is there more to come than is worth reading? After `Expect: 100-continue` nobody knows whether the body will come. */
function isComing(req: IncomingMessage, res: ServerResponse): boolean {
  if (req.complete) return false;
  if (res.getHeader('Connection') === 'close') return true;
  const { 'content-length': length = '0', 'transfer-encoding': coding, expect } = req.headers;
  return coding !== undefined || expect !== undefined || Number(length) > SMALL_BODY_BYTES;
}

function linger(req: IncomingMessage, res: ServerResponse, bytes: string, clock: Clock): void {
  res.setHeader('Connection', 'close');
  res.flushHeaders();
  if (bytes) res.write(bytes);
  const cancel = clock.after(LINGER_MS, () => res.end());
  const done = () => {
    cancel();
    res.end();
  };
  req.once('end', done);
  req.once('close', done);
  // An iteration that nobody goes on with would hold the rest back.
  if (req.listenerCount('readable') > 0) req.removeAllListeners('readable');
  req.resume();
}
