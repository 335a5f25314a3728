// What a client is told when something goes wrong: the status and one line that tells what to do. The only place where
// errors of requests are caught.

import { STATUS_CODES } from 'node:http';
import type { Context, Middleware } from 'koa';
import { PumpError } from '../errors.ts';
import { withoutCredentials } from '../log.ts';
import { answer } from './answer.ts';
import { type Means, agentOf } from './means.ts';

export function failures(means: Means): Middleware {
  return async (ctx, next) => {
    if (means.signal.aborted) ctx.res.setHeader('Connection', 'close');
    try {
      checkTarget(ctx);
      await next();
    } catch (error) {
      if (error instanceof PumpError) refuse(means, ctx, error);
      else fail(means, ctx, error);
    }
  };
}

/** Clients of proxies send whole URLs. Everything behind this takes a target for a path that can be read. */
function checkTarget(ctx: Context): void {
  // Proxies in front may have gone by the other one (RFC 9112, 3.2).
  if ((ctx.req.headersDistinct['host'] ?? []).length > 1)
    throw new PumpError('bad request', 'This request has two Host headers: send one.');
  const target = ctx.url.replace(/^https?:\/\/[^/?#]*/i, '');
  ctx.url = target === '' || target.startsWith('?') ? `/${target}` : target;
  if (!isReadable(ctx))
    throw new PumpError(
      'bad request',
      `This address cannot be read: it begins with '/', and '%' is followed by two digits.`,
    );
}

function isReadable(ctx: Context): boolean {
  if (!ctx.url.startsWith('/')) return ctx.url === '*';
  try {
    return decodeURIComponent(ctx.path) !== '';
  } catch {
    return false;
  }
}

function refuse(means: Means, ctx: Context, error: PumpError): void {
  const { manner, message, code } = error;
  const { isAsked, ...fields } = error.fields;
  if (ctx.res.destroyed) return means.log.info({ ...describe(means, ctx), reason: message }, 'request broke off');
  // Every client that has a password is asked for it once: nothing is wrong with that.
  const level = isAsked === true ? 'debug' : manner.level;
  means.log[level](
    { ...describe(means, ctx), ...fields, code, status: manner.status, reason: message },
    'request refused',
  );
  const { redirect404To } = means.rules;
  if (code === 'not found' && redirect404To !== undefined && isReader(ctx))
    return answer(ctx, { status: 302, headers: { Location: redirect404To }, body: `${redirect404To}\n` }, means.clock);
  const line = manner.tell ? message : STATUS_CODES[manner.status];
  // Who was too slow with a body shall not go on with it.
  const isLast = code === 'stalled' || means.signal.aborted;
  const headers = { ...error.headers, ...(isLast && { Connection: 'close' }) };
  answer(ctx, { status: manner.status, headers, body: `${line}\n` }, means.clock);
}

/** Programs that ask for data want the plain truth. */
function isReader({ method, path }: Context): boolean {
  return (method === 'GET' || method === 'HEAD') && !/^\/(?:api|page)\//.test(path);
}

function fail(means: Means, ctx: Context, error: unknown): void {
  means.log[ctx.res.destroyed ? 'debug' : 'error']({ ...describe(means, ctx), err: error }, 'request failed');
  answer(ctx, { status: 500, body: 'Something went wrong in the pump: its log tells more.\n' }, means.clock);
}

function describe(means: Means, ctx: Context) {
  const { method, url } = ctx.req;
  return { method, url: withoutCredentials(url ?? ''), address: means.address(ctx.req), agent: agentOf(ctx) };
}
