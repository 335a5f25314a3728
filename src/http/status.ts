// What the pump tells of itself: streams as JSON and as plain lines, and whether it is alive and ready.

import type { Context } from 'koa';
import { type Means, find } from './means.ts';
import type { Stream } from './stream.ts';
import type { StreamTold } from './told.ts';

export function status(means: Means) {
  return {
    all: (ctx: Context): void => {
      tell(ctx, { streams: enabled(means).map(describe) });
    },
    one: (ctx: Context, path: string): void => {
      tell(ctx, describe(find(means, path)));
    },
    health: (ctx: Context): void => {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = 'ok\n';
    },
    readiness: (ctx: Context): void => {
      const missing = enabled(means).filter(({ channel }) => !channel.live);
      ctx.set('Cache-Control', 'no-store');
      ctx.status = missing.length > 0 ? 503 : 200;
      ctx.body = missing.length > 0 ? `not live: ${missing.map(({ path }) => path).join(', ')}\n` : 'ok\n';
    },
    list: (ctx: Context): void => {
      ctx.set('Cache-Control', 'no-store');
      const origin = ctx.host ? `${ctx.protocol}://${ctx.host}` : '';
      const lines = enabled(means).map(
        ({ path, title, channel }) =>
          `${origin}/streams/${path}  ${channel.status().state}${title ? `  ${title}` : ''}\n`,
      );
      ctx.body = lines.join('') || 'No stream is configured.\n';
    },
  };
}

function tell(ctx: Context, what: object): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'application/json';
  ctx.body = `${JSON.stringify(what)}\n`;
}

function describe(stream: Stream) {
  const { report } = stream.channel;
  return { ...outline(stream), ...(report && { report }) };
}

/** What changes from second to second, for all streams at once. */
export function outline({ path, title, type, url, channel, container }: Stream): StreamTold {
  const { container: found, state, since, source, tracks, ...counts } = channel.status();
  return {
    path,
    title: title ?? path,
    type,
    container: found ?? container?.name,
    state,
    since,
    source: { url, ...source },
    tracks,
    ...counts,
  };
}

export function enabled({ streams }: Means): Stream[] {
  return [...streams.values()].filter((stream) => stream.enabled);
}
