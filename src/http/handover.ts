// The head of a stream goes out through Node's own response; then the socket is a viewer's, with nothing of HTTP between it
// and the channel, and nothing of the request is kept but what is told of its viewer.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'koa';
import type { Live } from '../channels/state.ts';
import type { Visit, Wants } from '../channels/visit.ts';
import type { Headers, WatchAnswer } from '../containers/manners.ts';
import { type Request, requestOf } from './access-log.ts';
import { isInside } from './inside.ts';
import { takeOver } from './line.ts';
import { type Means, agentOf } from './means.ts';
import type { Stream } from './stream.ts';

/** A client that does not close after the end is closed on. */
const CLOSING_MS = 10_000;

/** What is known of a viewer before its stream is. */
export type Wishes = Pick<Wants, 'burstMs' | 'user' | 'begun'>;

type Play = Extract<WatchAnswer, { kind: 'stream' }> & Wishes;

/** Resolves when the channel counts the viewer; its life goes on without anything of the request's. */
export async function play(means: Means, ctx: Context, stream: Stream, live: Live, how: Play): Promise<void> {
  const { headers, wire, follows, burstMs, begun, user } = how;
  const { req, res } = ctx;
  prepare(ctx, headers, stream.channel.contentType(wire));
  res.setHeader('Connection', 'close');
  res.flushHeaders();
  if (!(await hasTurn(res))) return;
  if (stream.channel.live?.container !== live.container) return void req.socket.destroy();
  const [address, agent] = [means.address(req), agentOf(ctx)];
  const inside = isInside(req);
  const left = inside ? undefined : leaving(means, stream, requestOf(ctx));
  if (!inside) means.log.info({ stream: stream.path, address, agent, user, wire: wire.name }, 'viewer came');
  const socket = takeOver(req).setNoDelay(true);
  // Written out, so that all viewers' have the same shape: each that is put together of others would have one of its own.
  void view(means, stream, socket, { wire, follows, burstMs, address, agent, user, begun, left, isInside: inside });
}

/** By itself, so that what it keeps is no more than this. */
function leaving({ visited }: Means, { path }: Stream, request: Request): (visit: Visit) => void {
  return (visit) => visited?.({ ...visit, ...request, stream: path });
}

/** A viewer's life. Never rejects, since nobody waits for it. */
async function view({ clock, log }: Means, { path, channel }: Stream, socket: Socket, wants: Wants): Promise<void> {
  try {
    await channel.join(socket, wants);
  } catch (error) {
    log.error({ stream: path, err: error }, 'viewer failed');
    socket.destroy();
  }
  if (socket.destroyed) return;
  const cancel = clock.after(CLOSING_MS, () => socket.destroy());
  socket.once('close', cancel);
}

/** The head of what is said past Koa. Unless a length is added, it has no length and no chunks: the end of the connection is the end
 *  of the stream. */
export function prepare(ctx: Context, headers: Headers, contentType: string | undefined): void {
  const { res } = ctx;
  ctx.respond = false;
  res.statusCode = 200;
  res.removeHeader('Transfer-Encoding');
  res.setHeader('Cache-Control', 'no-cache');
  if (contentType !== undefined) res.setHeader('Content-Type', contentType);
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** Resolves with true once it is this answer's turn on its connection, since requests may have been sent ahead and answers keep
 *  their order; with false when the connection is gone. An answer that waits is not told of that by Node. */
function hasTurn(res: ServerResponse): Promise<boolean> {
  const { socket } = res.req;
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve(false);
    socket.once('close', () => resolve(false));
    res.write('', () => resolve(socket.writable));
  });
}
