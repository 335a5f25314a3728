// A process that only hands streams to viewers: of what comes to its door it keeps the requests for a stream, and passes all
// other connections on as they are, byte for byte and both ways, to the process that has the sources (inside.ts). So a push, a
// page of events or garbage is there what it would be without a process between, and nothing has to be told apart that is not
// surely a request for a stream: the other could serve that too.

import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { before, begin } from './beginning.ts';
import { lineFor } from './inside.ts';

export interface Forward {
  /** the Unix socket of the process that has the sources */
  readonly to: string;
  /** whether this process serves that stream itself; the path is as it came */
  readonly isOurs: (path: string) => boolean;
  readonly clock: Clock;
  /** for the head of a request; what is too slow for that is judged elsewhere */
  readonly headMs: number;
  readonly mostBytes: number;
}

const GET = 'GET ';
const HEAD_END = '\r\n\r\n';
const REQUEST = /^GET (?:https?:\/\/[^/?#\s]*)?\/streams\/([^?#\s]+?)\/?(?:\?\S*)? HTTP\/1\.[01]\r\n/i;

export function keepStreams(server: Server, forward: Forward): void {
  before(server, (socket, attach) => {
    socket.on('error', () => {});
    const giveUp = begin(
      socket,
      (start) => judge(start, forward),
      (start, isOurs) => {
        cancel();
        if (isOurs) attach(start);
        else passOn(socket, start, forward.to);
      },
    );
    const cancel = forward.clock.after(forward.headMs, giveUp);
    socket.once('close', cancel);
  });
}

/** Undefined: too little of it has come. */
function judge(start: Buffer, { isOurs, mostBytes }: Forward): boolean | undefined {
  if (!GET.startsWith(start.toString('latin1', 0, GET.length))) return false;
  const end = start.indexOf(HEAD_END);
  if (end < 0) return start.length > mostBytes ? false : undefined;
  const path = REQUEST.exec(start.toString('latin1', 0, end + HEAD_END.length))?.[1];
  return path !== undefined && isOurs(path);
}

function passOn(socket: Socket, start: Buffer, to: string): void {
  socket.allowHalfOpen = true;
  const inside = connect({ path: to, allowHalfOpen: true });
  inside.write(lineFor(socket));
  if (start.length > 0) inside.write(start);
  socket.pipe(inside).pipe(socket);
  inside.on('error', () => {}); // a 'close' follows
  socket.once('close', () => inside.destroy());
  // What came to its end is still written out; what broke is broken off here too.
  inside.once('close', () => (inside.readableEnded ? socket.destroySoon() : socket.destroy()));
}
