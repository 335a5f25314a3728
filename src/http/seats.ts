// Places for viewers. Those on their way in, who wait for a source or for their turn on a connection, have one already.

import type { Channel } from '../channels/channel.ts';
import { PumpError } from '../errors.ts';
import type { Stream } from './stream.ts';

/** Takes a seat, or throws where none is left. What it returns gives the seat back: to be called once, when the channel counts the
 *  viewer or the viewer is gone. */
export function seats(): (stream: Pick<Stream, 'channel' | 'limits'>) => () => void {
  // By channel: the stream is another value when its configuration is read anew.
  const coming = new WeakMap<Channel, number>();
  return ({ channel, limits }) => {
    const others = coming.get(channel) ?? 0;
    if (channel.viewers + others >= limits.viewers)
      throw new PumpError('full', 'This stream has as many viewers as it may have: try again later.', {
        headers: { 'Retry-After': '30' },
      });
    coming.set(channel, others + 1);
    return () => coming.set(channel, (coming.get(channel) ?? 1) - 1);
  };
}
