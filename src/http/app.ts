// The Koa app: the order of things and all addresses on one screen. It decides who gets what; the streams themselves go
// past it, straight to the sockets.

import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { PumpError } from '../errors.ts';
import { answer } from './answer.ts';
import { description } from './api/description.ts';
import { doing, viewersOf } from './api/doing.ts';
import { events } from './api/events.ts';
import { failures } from './failures.ts';
import { type Means, lookUp, nothingHere } from './means.ts';
import { metrics } from './api/metrics.ts';
import { openPage } from './page.ts';
import { playlists } from './playlists.ts';
import { pushing, refusals } from './push.ts';
import { relaying } from './relay.ts';
import { sessions } from './sessions.ts';
import { status } from './api/status.ts';
import { watching } from './watch.ts';

const PUSH = /^\/streams\/(.+)_push\/?$/i;
const WATCH = /^\/streams\/(.+?)\/?$/i;
const OFFER = /^\/streams\/(.+)\/offer\/?$/i;
const SDP = /^\/streams\/([^.]+)\.sdp$/i;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'];
/** Paths of streams have no dots. */
const PLAYLIST = /^\/streams\/([^.]+)\.(asx|m3u|xspf)$/i;
const ALL_STREAMS = /^\/streams\.(asx|m3u|xspf)$/i;
const STATUS = /^\/api\/streams\/(.+?)\/?$/i;
const VIEWERS = /^\/api\/streams\/(.+)\/viewers\/?$/i;
const DROP = /^\/api\/streams\/(.+)\/viewers\/([^/]+)\/drop\/?$/i;
const NAMED_GROUP = /^\/(udp|rtp)\/([^/]*)\/?$/i;
/** Whatever begins like an address: what is none is told so. */
const PLAIN_GROUP = /^\/((?:\[|%5B|\d)[^/]*|[\da-f]*(?::|%3A)[^/]*)(?:\/([^/]*))?\/?$/i;
const PAGE_FILE = /^\/page\/([\w.-]+)$/;
const deedAt = (name: string) => new RegExp(`^/api/streams/(.+)/${name}/?$`, 'i');

/** All addresses. */
export function routes(means: Means): Router {
  const measured = metrics(means);
  const watch = watching(means, measured.joined);
  const push = pushing(means);
  const deeds = doing(means);
  const show = status(means);
  const list = playlists(means);
  const page = openPage();
  const tell = sessions(means);
  const relay = relaying(means, watch);
  const router = new Router();
  router.post(PUSH, named(push));
  router.put(PUSH, named(push));
  router.post('/offer', tell.offerAny);
  router.post(OFFER, unlessStream(means, tell.offer));
  router.get(SDP, named(tell.description));
  router.get(ALL_STREAMS, named(list.all));
  router.get(PLAYLIST, named(list.one));
  router.get(WATCH, named(watch.stream));
  router.post(WATCH, named(watch.beside));
  router.put(WATCH, named(watch.beside));
  router.options(WATCH, named(watch.beside));
  router.get('/api', description(means));
  router.get('/api/events', events(means));
  router.get('/api/streams', show.all);
  router.get(VIEWERS, named(viewersOf(means)));
  router.post(deedAt('restart'), named(deeds.restart));
  router.post(deedAt('enable'), named(deeds.enable));
  router.post(deedAt('disable'), named(deeds.disable));
  router.post(DROP, named(deeds.drop));
  router.get(STATUS, named(show.one));
  router.get(NAMED_GROUP, relay.named);
  router.get(PLAIN_GROUP, relay.plain);
  router.options(NAMED_GROUP, relay.asked);
  router.options(PLAIN_GROUP, relay.asked);
  router.get('/metrics', measured.tell);
  router.get('/healthz', show.health);
  router.get('/readyz', show.readiness);
  router.get(PAGE_FILE, named(page.file));
  router.get('/', (ctx) => {
    ctx.vary('Accept');
    // Browsers say that they want HTML; curl and its like say that they take anything.
    const wanted = ctx.accepts('text/plain', 'text/html') === 'text/html' ? page.index : undefined;
    (wanted ?? show.list)(ctx);
  });
  return router;
}

export function app(means: Means): Koa {
  const koa = new Koa();
  koa.on('error', (error: unknown) => means.log.debug({ err: error }, 'connection broke'));
  koa.use(failures(means)).use(refusals(means)).use(routes(means).routes()).use(nothing(means));
  return koa;
}

/** What the address names goes along: a path, and behind it a form or a viewer. */
function named(route: (ctx: Context, path: string, more: string) => void | Promise<void>): Middleware {
  return (ctx) => route(ctx, ctx['captures'][0] ?? '', ctx['captures'][1] ?? '');
}

/** A stream may be called so itself. */
function unlessStream(means: Means, route: (ctx: Context, path: string) => Promise<void>): Middleware {
  return (ctx, next) => (lookUp(means.streams, ctx.path.slice('/streams/'.length)) ? next() : named(route)(ctx, next));
}

/** Nobody answered: not this method, or not this address. */
function nothing(means: Means): Middleware {
  return (ctx) => {
    const matched: readonly { methods: readonly string[] }[] = ctx['matched'] ?? [];
    const methods = new Set(matched.flatMap((route) => route.methods));
    const allowed = METHODS.filter((method) => methods.has(method)).join(', ');
    if (ctx.method === 'OPTIONS' && (allowed || ctx.url === '*'))
      return answer(ctx, { status: 200, headers: { Allow: allowed || METHODS.join(', ') } }, means.clock);
    if (!allowed) throw nothingHere();
    throw new PumpError('method not allowed', `This address is for ${allowed}.`, { headers: { Allow: allowed } });
  };
}
