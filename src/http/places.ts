// Encoders that have shown their password once: who took a place with it may go on in that place from the same address.
// They cannot be asked again, because they send the next body together with the request.

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Inbox } from '../sources/push.ts';
import type { Stream } from './stream.ts';

/** Each took a password to get in; more encoders than this do not come back at the same time. */
const MOST_PLACES = 1000;

interface Holder {
  readonly address: string;
  readonly user?: string;
}

export function places() {
  const holders = new Map<string, Holder>();
  const key = (stream: Stream, place: string | undefined) => `${stream.path} ${place}`;
  return {
    add(stream: Stream, place: string, holder: Holder): void {
      holders.delete(key(stream, place));
      holders.set(key(stream, place), holder);
      const [oldest] = holders.keys();
      if (holders.size > MOST_PLACES && oldest !== undefined) holders.delete(oldest);
    },
    has(stream: Stream, place: string | undefined, address: string): boolean {
      return holders.get(key(stream, place))?.address === address;
    },
    user(stream: Stream, place: string | undefined): string | undefined {
      return holders.get(key(stream, place))?.user;
    },
  };
}

/** GStreamer's souphttpclientsink cuts one stream into many PUTs, each of a told length, on one connection. The place that
 *  they have in common is the connection's own, and is given up with it. */
export function connectionPlaces() {
  const given = new WeakMap<Pick<Inbox, 'leave'>, WeakMap<Socket, string>>();
  return (socket: Socket, inbox: Pick<Inbox, 'leave'>): string => {
    const places = given.get(inbox) ?? new WeakMap<Socket, string>();
    given.set(inbox, places);
    const known = places.get(socket);
    if (known !== undefined) return known;
    const place = randomUUID();
    places.set(socket, place);
    socket.once('close', () => inbox.leave(place));
    return place;
  };
}
