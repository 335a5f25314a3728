// The head of a stream goes out through Node's own response; then the socket is a viewer's, with nothing of HTTP between it
// and the channel. It is not detached from the response, so a request that its client sends meanwhile just waits behind.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'koa';
import type { Live } from '../channels/state.ts';
import type { Visit, Wants } from '../channels/viewer.ts';
import type { Headers, WatchAnswer } from '../containers/container.ts';
import { requestOf } from './access-log.ts';
import { isInside } from './inside.ts';
import { type Means, agentOf } from './means.ts';
import type { Stream } from './stream.ts';

/** A client that does not close after the end is closed on. */
const CLOSING_MS = 10_000;

/** What is known of a viewer before its stream is. */
export type Wishes = Pick<Wants, 'burstMs' | 'user' | 'begun'>;

type Play = Extract<WatchAnswer, { kind: 'stream' }> & Wishes;

/** Resolves when the channel counts the viewer; its life goes on without anything of the request's. */
export async function play(means: Means, ctx: Context, stream: Stream, live: Live, how: Play): Promise<void> {
  const { kind: _, headers, ...wants } = how;
  const { wire, user } = wants;
  const { res } = ctx;
  ctx.respond = false;
  prepare(res, headers, stream.channel.contentType(wire));
  res.removeHeader('Transfer-Encoding'); // no length and no chunks: the end of the connection is the end of the stream
  res.setHeader('Connection', 'close');
  res.flushHeaders();
  const socket = await turn(res);
  if (!socket || socket.destroyed) return;
  if (stream.channel.live?.container !== live.container) return void socket.destroy();
  socket.setNoDelay(true);
  const who = { address: means.address(ctx.req), agent: agentOf(ctx), ...(user !== undefined && { user }) };
  if (isInside(ctx.req)) return void view(means, stream, socket, { ...wants, ...who, isInside: true });
  means.log.info({ stream: stream.path, ...who, wire: wire.name }, 'viewer came');
  const request = requestOf(ctx);
  const left = (visit: Visit) => means.visited?.({ ...visit, ...request, stream: stream.path });
  void view(means, stream, socket, { ...wants, ...who, left });
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

export function prepare(res: ServerResponse, headers: Headers, contentType: string | undefined): void {
  res.statusCode = 200;
  res.setHeader('Cache-Control', 'no-cache');
  if (contentType !== undefined) res.setHeader('Content-Type', contentType);
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** The socket, once it is this answer's turn on it: requests may have been sent ahead, and answers keep their order. */
function turn(res: ServerResponse): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    res.once('close', () => resolve(undefined));
    res.write('', () => resolve(res.socket ?? undefined));
  });
}
