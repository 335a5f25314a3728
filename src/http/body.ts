// Bodies of requests: asked for, and where they are small read to their end, bounded in bytes and in time.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';

/** What is posted whole comes within one round trip, also from far away. */
const WITHIN_MS = 10_000;

/** To whoever has asked whether the body is wanted, before it comes (RFC 9110 10.1.1). */
export function goOn({ req, res }: Context): void {
  if (/^100-continue$/i.test(req.headers.expect ?? '')) res.writeContinue();
}

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
