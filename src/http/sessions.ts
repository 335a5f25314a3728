// Tells where streams are multicast: as SDP for players that open it, and as answers to offers (RFC 3264) posted over HTTP. It is
// information alone: whatever address an offer names, nothing is sent to it.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { PumpError } from '../errors.ts';
import { answer as answerTo } from '../sdp/answer.ts';
import { type Description, readSdp } from '../sdp/description.ts';
import { MOST_SDP_BYTES } from '../sdp/lines.ts';
import { type Session, describe } from '../sdp/session.ts';
import { plain } from './access/addresses.ts';
import { answer } from './answer.ts';
import { bodyOf, goOn } from './body.ts';
import { type Means, configured, find } from './means.ts';
import type { Stream } from './stream.ts';

const SDP = 'application/sdp';
const JSON_TYPE = 'application/json';
/** JSON writes a line's end as four letters. */
const MOST_BODY_BYTES = MOST_SDP_BYTES * 2;
/** As many names as can be read in one line. */
const MOST_NAMES = 20;

export function sessions(means: Means) {
  return {
    /** GET /streams/PATH.sdp */
    description: async (ctx: Context, path: string): Promise<void> => {
      const stream = find(means, path);
      await means.allow(ctx.req, stream.watch);
      const [session] = sessionsOf(stream);
      const headers = { 'Content-Type': SDP, 'Cache-Control': 'no-store' };
      answer(ctx, { status: 200, headers, body: describe(session, here(ctx.req)) }, means.clock);
    },

    /** POST /streams/PATH/offer */
    offer: async (ctx: Context, path: string): Promise<void> => {
      const stream = find(means, path);
      await means.allow(ctx.req, stream.watch);
      const asked = await read(means, ctx);
      reply(means, ctx, asked, stream);
    },

    /** POST /offer: the stream is named by `?stream=`, by the offer, or is the only one. */
    offerAny: async (ctx: Context): Promise<void> => {
      const asked = await read(means, ctx);
      const stream = named(means, ctx, asked.offer);
      await means.allow(ctx.req, stream.watch);
      reply(means, ctx, asked, stream);
    },
  };
}

interface Asked {
  readonly offer: Description;
  readonly isJson: boolean;
}

async function read(means: Means, ctx: Context): Promise<Asked> {
  const { req } = ctx;
  goOn(ctx);
  const text = (await bodyOf(req, MOST_BODY_BYTES, means.clock)).toString('utf8');
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(req.headers['content-type'] ?? '');
  return { offer: readSdp(isJson ? withinJson(text) : text), isJson };
}

/** As browsers and their servers have it: `{ "type": "offer", "sdp": "v=0…" }`. */
function withinJson(text: string): string {
  const { sdp, type } = parsed(text);
  if (type !== undefined && type !== 'offer')
    throw new PumpError('bad request', `Expected JSON with "type": "offer", or without a type.`);
  if (typeof sdp === 'string') return sdp;
  throw new PumpError('bad request', `Expected JSON such as {"type": "offer", "sdp": "v=0…"}.`);
}

function parsed(text: string): { readonly sdp?: unknown; readonly type?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    throw new PumpError('bad request', 'What was posted as JSON is none.');
  }
}

function reply(means: Means, ctx: Context, { offer, isJson }: Asked, stream: Stream): void {
  const sdp = answerTo(offer, sessionsOf(stream), { strict: means.rules.strictOffers ?? false, origin: here(ctx.req) });
  const body = isJson ? `${JSON.stringify({ type: 'answer', sdp })}\n` : sdp;
  const headers = { 'Content-Type': isJson ? JSON_TYPE : SDP, 'Cache-Control': 'no-store' };
  means.log.debug({ stream: stream.path, address: means.address(ctx.req), session: offer.title }, 'offer answered');
  answer(ctx, { status: 200, headers, body }, means.clock);
}

function named(means: Means, { query }: Context, { title }: Description): Stream {
  const all = configured(means).filter(({ sessions }) => sessions.length > 0);
  const asked = typeof query['stream'] === 'string' ? query['stream'] : undefined;
  const called = (name: string) =>
    all.find(({ path, title }) => [path, title].some((one) => one?.toLowerCase() === name.toLowerCase()));
  const only = all.length === 1 ? all[0] : undefined;
  const found = asked === undefined ? (called(title) ?? only) : called(asked);
  if (found) return found;
  if (all.length === 0) throw new PumpError('not found', 'No stream is multicast here.');
  const names = all.slice(0, MOST_NAMES).map(({ path }) => path);
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : '';
  throw new PumpError(
    'not found',
    `Say which stream is meant by ?stream=NAME, by the offer's s= line, or by posting to /streams/NAME/offer: there are ${names.join(', ')}${more}.`,
  );
}

function sessionsOf({ path, sessions }: Stream): readonly [Session, ...Session[]] {
  const [first, ...others] = sessions;
  if (first) return [first, ...others];
  throw new PumpError('not found', `This stream is not multicast: it is at /streams/${path} over HTTP alone.`);
}

/** The address of this machine that the client has reached. */
const here = (req: IncomingMessage) => plain(req.socket.localAddress ?? '127.0.0.1');
