// Bodies of requests: asked for, taken as they come, or read to their end where they are small, bounded in bytes and in time.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { incomingOf } from './line.ts';

/** What is posted whole comes within one round trip, also from far away. */
const WITHIN_MS = 10_000;

/** Tells a client that has asked whether its body is wanted (RFC 9110 10.1.1) to send it. */
export function goOn({ req, res }: Context): void {
  if (isAsking(req)) res.writeContinue();
}

/** The body of a push, as it comes. To be taken before `goOn`: HTTP would read a body without a length as the next request. */
export function pushedBody({ req, res }: Context): AsyncIterable<Buffer> {
  if (!isEndless(req)) return req.iterator({ destroyOnReturn: false });
  res.setHeader('Connection', 'close');
  return incomingOf(req);
}

/** By RFC 9112, 6.3 a request that tells no length has no body. But Icecast's sources (FFmpeg's icecast://, libshout) ask whether they
 *  may go on, and then send for as long as they have something. */
function isEndless(req: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
  return isAsking(req) && length === undefined && coding === undefined;
}

function isAsking({ headers }: IncomingMessage): boolean {
  return /^100-continue$/i.test(headers.expect ?? '');
}

/** The whole of a small body. */
export function bodyOf(req: IncomingMessage, mostBytes: number, clock: Clock): Promise<Buffer> {
  const tooLarge = () => new PumpError('too large', `What is posted here has at most ${mostBytes / 1024} kB.`);
  if (Number(req.headers['content-length'] ?? 0) > mostBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (error?: PumpError) => {
      cancel();
      req.off('data', take).off('end', whole).off('close', broken);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) settle(tooLarge());
    };
    const whole = () => settle();
    const broken = () => settle(new PumpError('stalled', 'The connection broke off in the middle of the request.'));
    const late = new PumpError('stalled', 'The rest of this request did not come: send it again.');
    const cancel = clock.after(WITHIN_MS, () => settle(late));
    req.on('data', take).on('end', whole).on('close', broken);
  });
}
