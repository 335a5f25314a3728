// Asks one HTTP server for a stream: in the container's own way where there is one, with redirects followed, credentials
// given once, and a circle of pumps noticed. All connections of a visit are let go of together.

import type { Container } from '../containers/container.ts';
import type { Headers, Reply } from '../containers/manners.ts';
import { byName, containers } from '../containers/index.ts';
import { LINK } from '../containers/link/index.ts';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { MOST_PUMPS, OVER, readOver } from '../over.ts';
import { version } from '../version.ts';
import { type Address, follow } from './address.ts';
import type { Patience } from './dial.ts';
import { Authorization } from './digest.ts';
import { reach } from './proxy.ts';
import { refusal } from './refusal.ts';
import { exchange, first } from './reply.ts';
import type { Means } from './source.ts';

export interface Upstream {
  readonly body: AsyncIterable<Buffer>;
  readonly from: string;
  readonly says?: string;
  readonly over: readonly string[];
  /** it has a length, and so is a file */
  readonly ahead: boolean;
  close(): void;
}

export interface Asking extends Means {
  /** the container that the configuration names: asked for in its own way, whatever the scheme */
  readonly container?: string;
  /** what is posted there, instead of getting what is there */
  readonly post?: { readonly type: string; readonly body: Buffer };
}

const USER_AGENT = `StreamPump/${version()}`;
/** Five is what [RFC 2068] 10.3 asked of clients, and more than any sound server needs. */
const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Describe, play and redirects together: each has a time-out of its own, but a body that trickles has none. */
const OPENING_MS = 30_000;
/** Another pump hands on all that it knows of a stream to who asks so, whatever the manners; other servers do not mind. */
const ACCEPT = `*/*, ${LINK}`;

export async function upstream(address: Address, means: Asking, signal: AbortSignal): Promise<Upstream> {
  const visit = linked(signal);
  const late = `${address.shown} takes longer than ${OPENING_MS / 1000} s to open`;
  const cancel = means.clock.after(OPENING_MS, () => visit.abort(new PumpError('upstream failed', late)));
  try {
    return { ...(await ask(address, means, visit.signal)), close: () => visit.abort() };
  } catch (error) {
    visit.abort();
    throw error;
  } finally {
    cancel();
  }
}

async function ask(asked: Address, means: Asking, signal: AbortSignal): Promise<Omit<Upstream, 'close'>> {
  const configured = means.container === undefined ? undefined : byName(means.container);
  let container = configured?.manners?.pull ? configured : asked.container;
  let address = asked;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const answer = await visit(address, container, means, { clock: means.clock, signal });
    const { status, headers } = answer.reply;
    const location = first(headers.location);
    if (!REDIRECTS.includes(status) || location === undefined) {
      if (status !== 200 && status !== 201) throw await refusal(address.shown, answer.reply, means.clock);
      return taken(answer, address, means.self);
    }
    answer.reply.close();
    address = follow(address, location);
    container = answer.container ?? address.container;
  }
  throw new PumpError(
    'upstream failed',
    `${asked.shown} sends on more than ${MOST_REDIRECTS} times: its redirects run in a circle`,
  );
}

interface Answer {
  readonly reply: Reply;
  /** the one whose manners it was asked with */
  readonly container: Container | undefined;
}

async function visit(
  address: Address,
  container: Container | undefined,
  means: Asking,
  patience: Patience,
): Promise<Answer> {
  const get = getter(address, means, patience);
  if (container?.manners?.pull) return { reply: await container.manners.pull.pull(get), container };
  const reply = await get({});
  const claiming = containers.find(({ manners }) => manners?.pull?.claims(reply));
  if (!claiming?.manners?.pull) return { reply, container };
  reply.close();
  return { reply: await claiming.manners.pull.pull(get), container: claiming };
}

function getter(address: Address, means: Asking, patience: Patience): (headers: Headers) => Promise<Reply> {
  const { url, shown, credentials } = address;
  const { post } = means;
  const method = post ? 'POST' : 'GET';
  const about = post && { 'Content-Type': post.type, 'Content-Length': String(post.body.length) };
  const authorization = credentials && new Authorization(credentials);
  const once = async (headers: Headers) => {
    const way = await reach(address, means.proxy?.(), patience);
    const known = authorization?.header(method, url.pathname + url.search);
    const mine = { Host: url.host, 'User-Agent': USER_AGENT, Connection: 'close', ...way.headers };
    const asking = [means.self, ...(means.waiting?.() ?? [])].slice(0, MOST_PUMPS).join(', ');
    const all = merged(mine, headers, about ?? {}, {
      Accept: means.asBytes ? '*/*' : ACCEPT,
      [OVER]: asking,
      ...(known && { Authorization: known }),
    });
    const body = post && { body: post.body };
    return exchange(way.socket, { method, target: way.target, headers: all, where: shown, ...body }, patience);
  };
  return async (headers) => {
    const reply = await once(headers);
    if (reply.status !== 401 || !authorization?.learn(reply.headers['www-authenticate'])) return reply;
    reply.close();
    return once(headers);
  };
}

/** Later ones replace earlier ones of the same name, in whatever case it is written. */
function merged(...all: readonly Headers[]): Headers {
  const lines = new Map<string, [string, string | string[]]>();
  for (const [name, value] of all.flatMap((headers) => Object.entries(headers)))
    lines.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(lines.values());
}

function taken({ reply, container }: Answer, { shown }: Address, self: string): Omit<Upstream, 'close'> {
  const over = readOver(reply.headers[OVER.toLowerCase()]);
  const circle = over.indexOf(self);
  if (circle >= 0) {
    const way = [self, ...over.slice(0, circle + 1)].join(' <- ');
    throw new PumpError(
      'loop',
      `this stream would come from itself (${way}): let one of these pumps take it from elsewhere`,
    );
  }
  if (over.length > MOST_PUMPS)
    throw new PumpError('loop', `${shown} comes over more than ${MOST_PUMPS} pumps: take it from nearer`);
  const says = container?.name ?? first(reply.headers['content-type']);
  const ahead = !container && Number(first(reply.headers['content-length'])) > 0;
  return { body: reply.body, from: shown, over, ahead, ...(says !== undefined && { says }) };
}
