// What comes between a connection and HTTP: its first bytes, looked at before HTTP hears of it.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';

/** Nobody cuts the little that is looked at here into more pieces by accident. */
const MOST_PIECES = 64;

/** Gives each new connection to `hear` in HTTP's place. `attach` gives HTTP the connection after all, or what stands for it. */
export function instead(server: Server, hear: (socket: Socket, attach: (line: Duplex) => void) => void): void {
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  // HTTP's own, since it was there first.
  const [own] = server.listeners(event);
  if (!own) throw new TypeError('an HTTP server that hears of no connections');
  const attach = (line: Duplex) => own.call(server, line);
  server.removeAllListeners(event).on(event, (socket: Socket) => hear(socket, attach));
}

/** Lets `see` have each new connection before HTTP. `attach` gives it to HTTP, together with what was read of it. */
export function before(server: Server, see: (socket: Socket, attach: (start: Buffer) => void) => void): void {
  instead(server, (socket, attach) =>
    see(socket, (start) => {
      if (start.length > 0) socket.unshift(start);
      attach(socket);
      socket.resume();
    }),
  );
}

/** Reads until `judge` comes to a verdict; then nothing more is read, and `then` gets what came and the verdict. There is no verdict
 *  where the client ends before, where it sends too many pieces, or where the returned function is called. `then` hears nothing of a
 *  connection that breaks. */
export function begin<Verdict>(
  socket: Socket,
  judge: (start: Buffer) => Verdict | undefined,
  then: (start: Buffer, verdict: Verdict | undefined) => void,
): () => void {
  const pieces: Buffer[] = [];
  const forget = () => void socket.off('data', look).off('end', giveUp).off('close', forget).off('error', forget);
  const settle = (verdict: Verdict | undefined) => {
    forget();
    socket.pause();
    then(Buffer.concat(pieces), verdict);
  };
  const giveUp = () => settle(undefined);
  const look = (piece: Buffer) => {
    pieces.push(piece);
    const verdict = judge(Buffer.concat(pieces));
    if (verdict !== undefined || pieces.length >= MOST_PIECES) settle(verdict);
  };
  socket.on('data', look).on('end', giveUp).on('close', forget).on('error', forget);
  socket.resume();
  return giveUp;
}
