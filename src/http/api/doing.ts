// What may be done to a running pump over HTTP, by those who may: a source restarted, a stream switched on or off, a viewer sent
// away. Each is logged with who did it. A browser that shows another site is refused, whatever password it remembers.

import type { Context } from 'koa';
import { type AudienceList, MOST_LEFT } from '../../channels/audience.ts';
import { PumpError } from '../../errors.ts';
import { range } from '../../range.ts';
import { type Means, findListed } from '../means.ts';
import { describe, tell } from './status.ts';
import type { Admin, Stream } from '../stream.ts';

/** What was done is told in the answer, as the stream's status. */
type Deed = (stream: Stream, admin: Admin, viewer: string) => unknown;

export function doing(means: Means) {
  const deed = (name: string, run: Deed) => async (ctx: Context, path: string, viewer: string) => {
    const { admin } = means.rules;
    if (!admin)
      throw new PumpError('not found', `There is nothing here: 'admin' in the configuration says who may do this.`);
    refuseOtherSites(means, ctx);
    const user = await means.allow(ctx.req, admin.access);
    const stream = findListed(means, path);
    await run(stream, admin, viewer);
    means.log.info({ stream: stream.path, deed: name, user, address: means.address(ctx.req) }, 'done by hand');
    tell(ctx, describe(findListed(means, path)));
  };
  return {
    restart: deed('restart', ({ path }, admin) => admin.restart(path, 'restarted by hand')),
    enable: deed('enable', ({ path }, admin) => admin.enable(path, true)),
    disable: deed('disable', ({ path }, admin) => admin.enable(path, false)),
    drop: deed('drop', async ({ path, channel }, _admin, id) => {
      if (!channel.audience.drop(id) && !(await means.elsewhere?.drop(path, id)))
        throw new PumpError('not found', 'There is no such viewer (any more): the list of viewers has their ids.');
    }),
  };
}

const isHere = range(['localhost']);

/** Viewers one by one. Their addresses are personal data: for those who run the pump, and where it is not said who does, for
 *  clients on this machine, behind no proxy. */
export function viewersOf(means: Means) {
  return async (ctx: Context, path: string): Promise<void> => {
    const { admin } = means.rules;
    if (admin) await means.allow(ctx.req, admin.access);
    else if (!isHere(means.address(ctx.req)) || ctx.get('X-Forwarded-For') || ctx.get('Forwarded') || ctx.get('Via'))
      throw new PumpError(
        'forbidden',
        `Who watches is told on the pump's own machine, or to 'admin' users of the configuration.`,
      );
    const stream = findListed(means, path);
    const others = (await means.elsewhere?.lists(stream.path)) ?? [];
    tell(ctx, together([stream.channel.audience.list(), ...others]));
  };
}

function together(lists: readonly AudienceList[]): AudienceList {
  const left = lists.flatMap((list) => list.left).toSorted((a, b) => b.at.localeCompare(a.at));
  return { viewers: lists.flatMap(({ viewers }) => viewers), left: left.slice(0, MOST_LEFT) };
}

/** A browser says where a request comes from: by Sec-Fetch-Site, which no page can write (Fetch Metadata, W3C), or where
 *  it does not send that, over plain HTTP, by Origin (RFC 6454). Other clients say neither. */
function refuseOtherSites(means: Means, ctx: Context): void {
  const [site, origin] = [ctx.get('Sec-Fetch-Site'), ctx.get('Origin')];
  const isOwn = site === '' ? origin === '' || origin === ownOrigin(means, ctx) : site === 'same-origin';
  if (!isOwn)
    throw new PumpError('forbidden', 'This came from a page of another site: do it on the page of the pump itself.');
}

/** As a browser writes it that has reached the pump by this request. */
function ownOrigin(means: Means, { req }: Context): string {
  return new URL(means.origin(req).base).origin;
}
