// The body of a push that tells no length: until the connection ends. By RFC 9112, 6.3 there is none, but Icecast's sources (FFmpeg's
// icecast://, libshout) ask by `Expect: 100-continue` whether they may go on, and then send for as long as they have something.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';

export function isEndless({ headers }: IncomingMessage): boolean {
  const { expect = '', 'content-length': length, 'transfer-encoding': coding } = headers;
  return /^100-continue$/i.test(expect) && length === undefined && coding === undefined;
}

/** To be taken before the sender is told to go on: Node's parser, for which the request is over, would read another in it. */
export function endless({ req: { socket }, res }: { req: IncomingMessage; res: ServerResponse }): PassThrough {
  const body = new PassThrough();
  socket.removeAllListeners('data');
  socket.pipe(body);
  socket.once('close', () => body.end());
  res.setHeader('Connection', 'close');
  return body;
}
