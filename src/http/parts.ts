// One stream in many PUTs, each of a told length, as GStreamer's souphttpclientsink cuts it. With libsoup 3 they come on one
// connection; with libsoup 2 each has its own, and `Content-Range: bytes 246-990/*` (RFC 9110, 14.5) tells what it goes on with.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Inbox } from '../sources/push.ts';

/** How long the next part may be on its way, once the connection of the last one was closed. */
const NEXT_PART_MS = 2000;

interface Series {
  /** in the inbox: what these parts have in common */
  readonly place: string;
  readonly address: string;
  /** the last part */
  request: IncomingMessage;
  /** the byte that the next one begins with */
  next: number;
  /** does not give it up */
  cancel(): void;
}

type Leaving = Pick<Inbox, 'leave'>;

/** The place of the series that this part is one of. */
export function partPlaces(clock: Clock) {
  const ofInbox = new WeakMap<Leaving, ReturnType<typeof allSeries>>();
  return (request: IncomingMessage, address: string, inbox: Leaving): string => {
    const placeOf = ofInbox.get(inbox) ?? allSeries(clock, inbox);
    ofInbox.set(inbox, placeOf);
    return placeOf(request, address);
  };
}

function allSeries(clock: Clock, inbox: Leaving) {
  const all = new Set<Series>();

  function end(series: Series): void {
    series.cancel();
    all.delete(series);
    inbox.leave(series.place);
  }

  /** Ends it with this connection: at once where that broke off in the middle, else if no other goes on in time. */
  function endsWith(series: Series, { socket }: IncomingMessage): void {
    socket.once('close', () => {
      if (series.request.socket !== socket) return;
      if (series.request.complete) series.cancel = clock.after(NEXT_PART_MS, () => end(series));
      else end(series);
    });
  }

  return (request: IncomingMessage, address: string): string => {
    const start = startOf(request);
    const here = [...all].filter((series) => series.address === address);
    const known = here.find(
      ({ request: last, next }) => last.socket === request.socket || (start > 0 && next === start),
    );
    // Who begins anew does not wait for what was left.
    if (!known && start === 0) here.filter(({ request: last }) => last.socket.destroyed).forEach(end);
    const series = known ?? { place: randomUUID(), address, request, next: start, cancel() {} };
    if (!known || series.request.socket !== request.socket) endsWith(series, request);
    series.cancel();
    series.request = request;
    series.next = (start || series.next) + Number(request.headers['content-length']);
    all.add(series);
    return series.place;
  };
}

/** Of this part in the whole series; nothing is said of the first. */
function startOf({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '')?.[1] ?? 0);
}
