// What a client is shown who may watch: the live stream, or whatever its container's manners say to this client instead.

import type { Context } from 'koa';
import type { Container } from '../containers/container.ts';
import type { Ask, WatchAnswer } from '../containers/manners.ts';
import { acceptsLink, linkOf } from '../containers/link/index.ts';
import { PumpError } from '../errors.ts';
import { answer } from './answer.ts';
import { prepare } from './handover.ts';
import type { Means } from './means.ts';
import { tellPlaylist } from './playlists.ts';
import { containerOf, type Stream } from './stream.ts';

type Instead = Extract<WatchAnswer, { kind: 'answer' | 'playlist' }>;

/** Another pump takes everything, whatever it says that it is: a link goes before the container's manners. */
export function decide(container: Container, ask: Ask): WatchAnswer {
  const plain = { kind: 'stream', headers: {}, follows: true } as const;
  if (acceptsLink(ask.headers['accept'])) return { ...plain, wire: linkOf(container).wires[0] };
  return container.manners?.watch?.(ask) ?? { ...plain, wire: container.wires[0] };
}

/** Answers a client that is told something instead of being shown the stream. */
export function isAnswered(means: Means, ctx: Context, stream: Stream, decided: WatchAnswer): decided is Instead {
  if (decided.kind === 'answer') answer(ctx, decided, means.clock);
  else if (decided.kind === 'playlist') tellPlaylist(means, ctx, decided.form, [stream]);
  else return false;
  return true;
}

/** The header alone. */
export function showHeader(
  ctx: Context,
  { channel }: Stream,
  { wire, headers }: Extract<WatchAnswer, { kind: 'header' }>,
): void {
  const bytes = channel.beginning(wire);
  prepare(ctx, headers, channel.contentType(wire));
  // VLC and libmms read on to the end of the connection before they go on to play.
  ctx.res.setHeader('Connection', 'close');
  ctx.res.setHeader('Content-Length', bytes.length);
  ctx.res.end(bytes);
}

/** HEAD is answered from what is known: it neither opens a source nor waits for one. */
export function showHead(means: Means, ctx: Context, stream: Stream, ask: Ask): void {
  const { channel } = stream;
  if (!channel.live && channel.status().state !== 'idle') throw absent();
  const known = containerOf(stream);
  const decided = known && decide(known, ask);
  if (decided && isAnswered(means, ctx, stream, decided)) return;
  prepare(ctx, decided?.headers ?? {}, decided && channel.contentType(decided.wire));
  if (channel.live && decided?.kind === 'header')
    ctx.res.setHeader('Content-Length', channel.beginning(decided.wire).length);
  ctx.res.end();
}

export function absent(): PumpError {
  const message = 'This stream has no source just now: try again in a moment.';
  return new PumpError('no source', message, { headers: { 'Retry-After': '5' } });
}
