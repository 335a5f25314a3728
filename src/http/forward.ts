// How a worker sorts its connections: it keeps those that begin with a request for a stream, and passes all others on, byte for byte
// and both ways, to the process that has the sources (inside.ts). There a push, a page's events or garbage is what it would be without
// a process between. Only what is surely a request for a stream has to be recognised here: the other process could serve that too.

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
  /** for the head of a request; one that takes longer is passed on */
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
