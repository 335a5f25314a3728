// Pumps that watch pumps. One that asks says for which of its streams it does, and which other pumps' streams wait for that; one that
// answers says over which streams its own came. A pump that finds a stream in both lists refuses, before the first byte goes round.

import type { Context } from 'koa';
import type { Live } from '../channels/state.ts';
import { PumpError } from '../errors.ts';
import { MOST_PUMPS, OVER, readOver } from '../over.ts';
import { connectionOf } from './line.ts';
import type { Means } from './means.ts';
import type { Stream } from './stream.ts';

/** The streams (`PUMP/PATH`) that another pump asks for: its own, then those that wait for it. None: no pump asks. */
export function requestedBy(ctx: Context): string[] {
  return readOver(ctx.get(OVER)).slice(0, MOST_PUMPS);
}

/** This stream and those that it came over, nearest first. */
export function route({ self }: Means, stream: Stream, live: Live | undefined): string[] {
  // What is served by several processes of one pump comes over that pump once.
  return [...new Set([`${self}/${stream.path}`, ...(live?.over ?? [])])];
}

export function refuseLoop(means: Means, ctx: Context, stream: Stream, live: Live | undefined): void {
  const asking = requestedBy(ctx);
  const way = route(means, stream, live);
  const met = asking.findIndex((one) => way.includes(one));
  if (met < 0) return;
  const circle = [...asking.slice(0, met + 1).toReversed(), ...way].join(' < ');
  throw new PumpError('loop', `This would be a loop: the stream here comes from the one that asks for it (${circle}).`);
}

/** As long as a pump waits or watches, its streams hang on this one: this one's source is asked for them too. */
export function noteAsking(ctx: Context, { pumps }: Stream): void {
  const asking = requestedBy(ctx);
  if (asking.length === 0) return;
  const connection = connectionOf(ctx.req);
  const over = () => {
    connection.off('close', over);
    pumps.delete(asking);
  };
  pumps.add(asking);
  connection.once('close', over);
  ctx.res.once('finish', over); // something else than the stream was said
}
