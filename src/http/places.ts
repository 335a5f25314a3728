// Encoders that have shown their password once: who took a place with it may go on in that place from the same address.
// They cannot be asked again, because they send the next body together with the request.

import { isDeepStrictEqual } from 'node:util';
import type { Stream } from './stream.ts';

/** Each took a password to get in; more encoders than this do not come back at the same time. */
const MOST_PLACES = 1000;

interface Holder {
  readonly address: string;
  readonly user?: string;
}

export function places() {
  const holders = new Map<string, Holder & Pick<Stream, 'publish'>>();
  const key = (stream: Stream, place: string | undefined) => `${stream.path} ${place}`;
  return {
    add(stream: Stream, place: string, holder: Holder): void {
      holders.delete(key(stream, place));
      holders.set(key(stream, place), { ...holder, publish: stream.publish });
      const [oldest] = holders.keys();
      if (holders.size > MOST_PLACES && oldest !== undefined) holders.delete(oldest);
    },
    has(stream: Stream, place: string | undefined, address: string): boolean {
      const holder = holders.get(key(stream, place));
      // Where others may publish now, whoever might before has to show a password again.
      return holder?.address === address && isDeepStrictEqual(holder.publish, stream.publish);
    },
    user(stream: Stream, place: string | undefined): string | undefined {
      return holders.get(key(stream, place))?.user;
    },
  };
}
