// GET a stream: does it exist, may this client watch, is there room, is there a source. Nothing is done for anybody before that is
// known; what the client is then shown says shown.ts.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Live } from '../channels/state.ts';
import type { Ask, Headers } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { OVER } from '../over.ts';
import { readTime } from '../quantities.ts';
import { answer } from './answer.ts';
import { type Wishes, play } from './handover.ts';
import { isInside } from './inside.ts';
import { type Means, askOf, find, lookUp, refuseWhenStopping } from './means.ts';
import { noteAsking, refuseLoop, requestedBy, route } from './loop.ts';
import { seats } from './seats.ts';
import { absent, decide, isAnswered, showHead, showHeader } from './shown.ts';
import { containerOf, type Stream } from './stream.ts';

/** A longer backlog than any that is kept makes no sense. */
const MOST_BURST_MS = 60_000;

export type Watching = ReturnType<typeof watching>;

/** When a client came, and what is different for streams that are opened by asking for them. */
interface How {
  readonly askedAtMs: number;
  /** how long it waits for the stream; without it for the stream's `grace` */
  readonly waitMs?: number;
  /** what it is told when none comes */
  readonly absent?: PumpError;
  readonly headers?: Headers;
}

/** `joined` hears how long it took from a request to the first of the stream. */
export function watching(means: Means, joined: (ms: number) => void) {
  const take = seats();
  /** For a client that may watch: the stream, or what is to be said instead. */
  const view = async (ctx: Context, stream: Stream, user: string | undefined, how: How): Promise<void> => {
    refuseWhenStopping(means);
    refuseLoop(means, ctx, stream, stream.channel.live);
    const ask = askOf(ctx.req);
    const begun = isInside(ctx.req) ? undefined : () => joined(means.clock.now() - how.askedAtMs);
    const burstMs = burst(ctx) ?? stream.limits.burstMs;
    const wants = { ask, how, burstMs, ...(begun && { begun }), ...(user !== undefined && { user }) };
    if (ctx.method === 'HEAD') return showHead(means, ctx, stream, { ...ask, method: 'GET' });
    const leave = isInside(ctx.req) ? () => {} : take(stream);
    noteAsking(ctx, stream);
    try {
      await watch(means, ctx, stream, wants);
    } finally {
      leave();
    }
  };
  return {
    view,

    stream: async (ctx: Context, path: string): Promise<void> => {
      const askedAtMs = means.clock.now();
      const stream = watchable(means, path);
      const user = await means.allow(ctx.req, stream.watch);
      refuseElsewhere(stream);
      await view(ctx, stream, user, { askedAtMs });
    },

    /** What a player sends beside its stream: logs, keep-alives, stops. It may come after the stream is gone. */
    beside: async (ctx: Context, path: string): Promise<void> => {
      const stream = watchable(means, path);
      await means.allow(ctx.req, stream.watch);
      const ask = askOf(ctx.req);
      const known = containerOf(stream);
      for (const container of known ? [known] : means.containers) {
        const found = container.manners?.watch?.(ask);
        if (found?.kind === 'answer') return answer(ctx, found, means.clock);
      }
      const headers = { Allow: 'GET, HEAD, OPTIONS' };
      if (ctx.method === 'OPTIONS') return answer(ctx, { status: 200, headers }, means.clock);
      const where = stream.inbox ? `: push to /streams/${stream.path}_push` : '';
      throw new PumpError('method not allowed', `This is the address to watch at${where}.`, { headers });
    },
  };
}

function watchable(means: Means, path: string): Stream {
  refuseWhenStopping(means);
  const pushed = /^(.+)_push$/i.exec(path)?.[1];
  if (pushed === undefined || lookUp(means.streams, path) || !lookUp(means.streams, pushed)?.inbox)
    return find(means, path);
  const message = `This is the address to push to: watch at /streams/${pushed}.`;
  throw new PumpError('method not allowed', message, { headers: { Allow: 'POST, PUT' } });
}

function refuseElsewhere({ elsewhere, path, url }: Stream): void {
  if (!elsewhere) return;
  const message = `This stream comes by multicast alone: open ${url}, or /streams/${path}.sdp, in a player.`;
  throw new PumpError('not found', message);
}

function burst(ctx: Context): number | undefined {
  const { burst } = ctx.query;
  if (burst === undefined) return undefined;
  const ms = typeof burst === 'string' ? readTime(burst) : undefined;
  if (ms === undefined || ms > MOST_BURST_MS)
    throw new PumpError(
      'bad request',
      `'burst' must be one time from 0s to ${MOST_BURST_MS / 1000}s such as ?burst=5s.`,
    );
  return ms;
}

async function watch(
  means: Means,
  ctx: Context,
  stream: Stream,
  { ask, how, ...wishes }: Wishes & { ask: Ask; how: How },
) {
  const known = containerOf(stream);
  const early = known && decide(known, ask);
  if (early && isAnswered(means, ctx, stream, early)) return;
  const live = stream.channel.live ?? (await awaited(means, stream, ctx.req, how.waitMs));
  if (ctx.res.destroyed) return void (ctx.respond = false);
  if (!live) throw how.absent ?? absent();
  refuseLoop(means, ctx, stream, live);
  const decided = decide(live.container, ask);
  if (isAnswered(means, ctx, stream, decided)) return;
  const isPump = requestedBy(ctx).length > 0;
  if (isPump) ctx.set(OVER, route(means, stream, live).join(', '));
  if (decided.kind === 'header') return showHeader(ctx, stream, decided);
  // Whatever its manners say: a pump reads all that a wire may tell, and hands it on to viewers who can follow.
  const follows = decided.follows || isPump;
  const headers = { ...decided.headers, ...how.headers };
  await play(means, ctx, stream, live, { ...decided, ...wishes, headers, follows });
}

/** The stream, as soon as it is live; undefined when it does not get so in time, or when the client goes. */
async function awaited(
  { clock, signal }: Means,
  stream: Stream,
  { socket }: IncomingMessage,
  waitMs = stream.limits.graceMs,
): Promise<Live | undefined> {
  const stop = linked(signal);
  const give = () => stop.abort();
  const cancel = clock.after(waitMs, give);
  socket.once('close', give);
  try {
    return await stream.channel.whenLive(stop.signal);
  } finally {
    cancel();
    socket.off('close', give);
    stop.unlink();
  }
}
