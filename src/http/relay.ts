// Groups by their addresses, as udpxy and mcast2http have them: /GROUP/PORT, /udp/GROUP:PORT, /rtp/SOURCE@GROUP:PORT. Only what is
// multicast and within the configured groups is ever listened to, and only for somebody who may watch.

import type { Context } from 'koa';
import { type Group, groupAt, urlOf } from '../datagrams/group.ts';
import { PumpError } from '../errors.ts';
import { bracketed, range } from '../range.ts';
import { prepare } from './handover.ts';
import { type Means, nothingHere, refuseWhenStopping } from './means.ts';
import type { Relay } from './stream.ts';
import type { Watching } from './watch.ts';

/** What mcast2http and udpxy take where no port is told. */
const USUAL_PORT = 1234;

export function relaying(means: Means, { view }: Watching) {
  const now = () => {
    const { relay } = means.rules;
    if (!relay) throw nothingHere();
    return { relay, headers: { 'Access-Control-Allow-Origin': relay.allowOrigin } };
  };

  const show = async (ctx: Context, group: Group | undefined) => {
    const askedAtMs = means.clock.now();
    const { relay, headers } = now();
    ctx.set(headers);
    if (!group)
      throw new PumpError(
        'bad request',
        'This is no group: expected an address such as /udp/239.0.0.1:1234, /rtp/10.0.0.7@232.1.1.1:5004 or /udp/[ff15::1]:1234.',
      );
    if (!group.isMulticast || !range(relay.groups)(group.address))
      throw new PumpError('forbidden', 'This group is not relayed here: ask whoever runs this pump.');
    const user = await means.allow(ctx.req, relay.watch);
    if (ctx.method === 'HEAD') return head(ctx, relay);
    refuseWhenStopping(means);
    const absent = new PumpError('not found', `Nothing comes from ${urlOf(group)}: is it sent to now?`);
    const { contentType, timeoutMs: waitMs } = relay;
    await view(ctx, relay.open(group), user, { askedAtMs, absent, waitMs, headers: { 'Content-Type': contentType } });
  };

  return {
    /** `udp` or `rtp`, and what stands behind it */
    named: (ctx: Context): Promise<void> => {
      const [scheme, place] = capturesOf(ctx);
      return show(ctx, groupAt(scheme.toLowerCase() === 'rtp' ? 'rtp' : 'udp', place, USUAL_PORT));
    },
    plain: (ctx: Context): Promise<void> => {
      const [address, port] = capturesOf(ctx);
      const host = bracketed(address);
      return show(ctx, groupAt('udp', port === '' ? host : `${host}:${port}`, USUAL_PORT));
    },
    /** a browser asks before it lets a page of another site have the stream */
    asked: (ctx: Context): void => {
      const { headers } = now();
      ctx.set({ ...headers, 'Access-Control-Allow-Methods': 'GET, HEAD', 'Access-Control-Allow-Headers': '*' });
      ctx.set('Allow', 'GET, HEAD, OPTIONS');
      ctx.status = 204;
    },
  };
}

function capturesOf(ctx: Context): [string, string] {
  const captures: readonly (string | undefined)[] = ctx['captures'];
  const [first = '', second = ''] = captures.map((part = '') => decodeURIComponent(part));
  return [first, second];
}

/** Costs nothing upstream: nobody knows whether something would come. */
function head(ctx: Context, { contentType }: Relay): void {
  prepare(ctx, {}, contentType);
  ctx.res.end();
}
