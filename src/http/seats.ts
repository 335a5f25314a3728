// Places for viewers: also those on their way in count, who wait for a source or for their turn on a connection.

import { PumpError } from '../errors.ts';
import type { Stream } from './stream.ts';

/** Takes a seat, or throws when there is none; what it returns is called once, when the channel counts the viewer or
 *  the viewer is gone. */
export function seats(): (stream: Stream) => () => void {
  const coming = new WeakMap<Stream, number>();
  return (stream) => {
    const others = coming.get(stream) ?? 0;
    if (stream.channel.viewers + others >= stream.limits.viewers)
      throw new PumpError('full', 'This stream has as many viewers as it may have: try again later.', {
        headers: { 'Retry-After': '30' },
      });
    coming.set(stream, others + 1);
    return () => coming.set(stream, (coming.get(stream) ?? 1) - 1);
  };
}
