// POST and PUT to a push address: whose manners are these, who may, and the body into the stream's inbox. No timer of a
// server's cuts a push, which lasts for days; whoever reads the inbox notices silence.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Container } from '../containers/container.ts';
import type { Ask, Headers, PushAnswer } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import type { Delivery } from '../sources/push.ts';
import { SMALL_BODY_BYTES, answer } from './answer.ts';
import { bodyOf, goOn, pushedBody } from './body.ts';
import { type Means, agentOf, askOf, find } from './means.ts';
import { partPlaces } from './parts.ts';
import { places } from './places.ts';
import type { Stream } from './stream.ts';

/** [MS-WMHTTP] gives an encoder 120 s between its requests. */
const BETWEEN_REQUESTS_MS = 130_000;

type Sender = Delivery['from'];
interface Claim {
  readonly container: Container;
  readonly answer: PushAnswer;
}

/** Whoever sends something that a container knows to be in vain is told so, at any address: encoders make up their own. */
export function refusals(means: Means): Middleware {
  return (ctx, next) => {
    if (ctx.method === 'POST' || ctx.method === 'PUT') {
      const found = claim(means.containers, askOf(ctx.req))?.answer;
      if (found?.kind === 'refuse') throw found.error;
    }
    return next();
  };
}

export function pushing(means: Means) {
  const known = places();
  const ownPlace = partPlaces(means.clock);
  return async (ctx: Context, path: string): Promise<void> => {
    const claimed = claim(means.containers, askOf(ctx.req));
    try {
      const stream = find(means, path);
      const { inbox } = stream;
      if (!inbox)
        throw new PumpError('not found', `Nobody pushes to this stream: its source is of type ${stream.type}.`);
      const place = claimed && 'place' in claimed.answer ? claimed.answer.place : undefined;
      const from = { address: means.address(ctx.req), agent: agentOf(ctx) };
      const isKnown = claimed?.answer.kind === 'session' && known.has(stream, place, from.address);
      const user = isKnown ? known.user(stream, place) : await means.allow(ctx.req, stream.publish);
      checkContainer(stream, claimed?.container);
      const sender: Sender = { address: from.address, ...(user !== undefined && { user }) };
      const body = pushedBody(ctx);
      goOn(ctx);
      await receive(means, ctx, { inbox, claimed, body, sender, agent: from.agent, ownPlace }, (given) =>
        known.add(stream, given, sender),
      );
    } catch (error) {
      throw claimed && error instanceof PumpError ? inItsManners(error, claimed.answer) : error;
    }
  };
}

interface Push {
  readonly inbox: NonNullable<Stream['inbox']>;
  readonly claimed: Claim | undefined;
  readonly body: AsyncIterable<Buffer>;
  readonly sender: Sender;
  readonly agent: string;
  readonly ownPlace: ReturnType<typeof partPlaces>;
}

async function receive(means: Means, ctx: Context, push: Push, given: (place: string) => void): Promise<void> {
  const { inbox, claimed, body, sender: from, agent, ownPlace } = push;
  const how = claimed?.answer;
  if (how?.kind === 'answer') return answer(ctx, how, means.clock);
  if (how?.kind === 'set-up') {
    await bodyOf(ctx.req, SMALL_BODY_BYTES, means.clock); // nothing in it matters
    const place = inbox.reserve(how.place, from);
    given(place);
    return stay(means, ctx, how.status, how.headers(place));
  }
  if (claimed && how?.kind === 'session') {
    const { place, status } = how;
    const session = { bytes: how.whole(body), says: claimed.container.name, ...(place !== undefined && { place }) };
    return deliver(means, ctx, inbox, { ...session, from, agent }, status, how.headers(place ?? '0'));
  }
  const { 'content-type': says, 'content-length': length } = ctx.req.headers;
  const part = length === undefined ? {} : { place: ownPlace(ctx.req, from.address, inbox) };
  const plain = { bytes: body, ...(says !== undefined && { says }), ...part };
  return deliver(means, ctx, inbox, { ...plain, from, agent }, 204, {});
}

/** Only where the encoder may go on with another request does its connection stay. */
async function deliver(
  means: Means,
  ctx: Context,
  inbox: Push['inbox'],
  delivery: Delivery,
  status: number,
  headers: Headers,
): Promise<void> {
  const end = await inbox.deliver(delivery);
  if (end === 'open' && ctx.req.complete) return stay(means, ctx, status, headers);
  answer(ctx, { status, headers: { ...headers, Connection: 'close' } }, means.clock);
}

function claim(containers: readonly Container[], ask: Ask): Claim | undefined {
  for (const container of containers) {
    const found = container.manners?.push?.(ask);
    if (found) return { container, answer: found };
  }
  return undefined;
}

function checkContainer(stream: Stream, claimed: Container | undefined): void {
  if (!claimed || !stream.container || claimed.name === stream.container.name) return;
  const message = `This stream takes ${stream.container.name} only, and this is a push of ${claimed.name}.`;
  throw new PumpError('unknown container', message);
}

/** Windows Media encoders look at the Server header of refusals too. What is of the answer that it is not is left out. */
function inItsManners(error: PumpError, how: PushAnswer): PumpError {
  if (how.kind !== 'set-up' && how.kind !== 'session') return error;
  const { 'Content-Length': _length, 'Set-Cookie': _place, ...headers } = how.headers('0');
  const { cause, fields } = error;
  return new PumpError(error.code, error.message, { cause, fields, headers: { ...headers, ...error.headers } });
}

/** The connection stays for the encoder's next request. */
function stay({ clock }: Means, ctx: Context, status: number, headers: Headers): void {
  const { req, res } = ctx;
  if (req.httpVersion !== '1.0') res.setHeader('Keep-Alive', `timeout=${BETWEEN_REQUESTS_MS / 1000 - 10}`);
  keepOpen(res, req.socket);
  answer(ctx, { status, headers }, clock);
}

/** Node sets its own, shorter time-out when an answer is finished, in a listener that was there before this one; it takes
 *  the time-out back when the next request comes. */
function keepOpen(res: ServerResponse, socket: IncomingMessage['socket']): void {
  res.once('finish', () => socket.setTimeout(BETWEEN_REQUESTS_MS));
}
