// What the pump tells of itself: streams as JSON and as plain lines, and whether it is alive and ready.

import type { Context } from 'koa';
import { type Means, configured, findListed } from '../means.ts';
import type { Stream } from '../stream.ts';

export function status(means: Means) {
  return {
    all: (ctx: Context): void => {
      tell(ctx, { streams: [...means.streams.values()].map(describe) });
    },
    one: (ctx: Context, path: string): void => {
      tell(ctx, describe(findListed(means, path)));
    },
    health: (ctx: Context): void => {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = 'ok\n';
    },
    readiness: (ctx: Context): void => {
      const missing = configured(means).filter(({ channel, elsewhere }) => !elsewhere && !channel.live);
      ctx.set('Cache-Control', 'no-store');
      ctx.status = missing.length > 0 ? 503 : 200;
      ctx.body = missing.length > 0 ? `not live: ${missing.map(({ path }) => path).join(', ')}\n` : 'ok\n';
    },
    list: (ctx: Context): void => {
      ctx.set('Cache-Control', 'no-store');
      const { base } = means.origin(ctx.req);
      const lines = configured(means).map(
        ({ path, title, channel }) =>
          `${base}/streams/${path}  ${channel.status().state}${title ? `  ${title}` : ''}\n`,
      );
      ctx.body = lines.join('') || 'No stream is configured.\n';
    },
  };
}

export function tell(ctx: Context, what: object): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'application/json';
  ctx.body = `${JSON.stringify(what)}\n`;
}

/** As `/api/streams/PATH` has it. */
export function describe({ path, title, type, enabled, url, channel, container, sentTo, elsewhere }: Stream) {
  const { container: found, state, since, source, tracks, ...counts } = channel.status();
  const sent = [...(sentTo?.() ?? [])];
  const known = found ?? container?.name;
  return {
    path,
    title: title ?? path,
    type,
    enabled,
    ...(elsewhere && { receive: false as const }),
    ...(known !== undefined && { container: known }),
    state,
    since,
    source: { url, ...source },
    tracks,
    ...counts,
    ...(sent.length > 0 && { sentTo: sent }),
  };
}
