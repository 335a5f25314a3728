// Pumps that watch pumps: who asks says for which of its streams, who answers says over which streams its own came. A
// pump that finds itself on the way back refuses, before the first byte goes round.

import type { Context } from 'koa';
import type { Live } from '../channels/channel.ts';
import { PumpError } from '../errors.ts';
import type { Means } from './means.ts';
import type { Stream } from './stream.ts';

/** The stream (`PUMP/PATH`) that another pump asks for, where it is a pump that asks. */
export function requestedBy(ctx: Context): string | undefined {
  return ctx.get('Stream-Pump-Over') || undefined;
}

/** This stream and those that it came over, nearest first. */
export function route({ self }: Means, stream: Stream, live: Live | undefined): string[] {
  return [`${self}/${stream.path}`, ...(live?.over ?? [])];
}

export function refuseLoop(means: Means, ctx: Context, stream: Stream, live: Live | undefined): void {
  const asking = requestedBy(ctx);
  if (asking === undefined) return;
  const way = route(means, stream, live);
  if (way.includes(asking))
    throw new PumpError(
      'loop',
      `This would be a loop: the stream here comes from the one that asks for it (${way.join(' < ')}).`,
    );
}
