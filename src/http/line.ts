// What HTTP has in place of a connection: it reads and writes the connection through this, and when the connection is to be a
// viewer's, all of HTTP is let go of as if its client had gone. Node has no way of its own to do that without an Upgrade by the
// client, and what it keeps for each request under way (parser, request, response, what listens to them) is ten kilobytes.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { instead } from './beginning.ts';

/** On a whole connection, its requests included. Players that watch say nothing, or a line now and then. */
const MOST_HEARD_BYTES = 1 << 20;
/** HTTP reads all the requests that it is given at once, wanted or not: of what came together it is given so much, and the next when the
 *  connection still stands. */
const BITE_BYTES = 4096;

type Written = (error?: Error | null) => void;

/** Has all connections of a new server go through lines. */
export function onLines<Any extends Server>(server: Any): Any {
  instead(server, (socket, attach) => attach(new Line(socket)));
  return server;
}

/** The connection itself: what is told apart by it, and what only it knows. */
export function connectionOf({ socket }: Pick<IncomingMessage, 'socket'>): Socket {
  const line: Duplex = socket;
  return line instanceof Line ? line.connection : socket;
}

/** Ends HTTP on this connection and hands it over. What its client says from now on is not looked at; one that says far too much is
 *  hung up on, and one that has said all is told no more. */
export function takeOver({ socket }: Pick<IncomingMessage, 'socket'>): Socket {
  const line: Duplex = socket;
  return line instanceof Line ? line.leave() : socket;
}

class Line extends Duplex {
  readonly connection: Socket;
  #hasLeft = false;
  readonly #take = (bytes: Buffer) => {
    let isEnough = false;
    for (let at = 0; at < bytes.length && !this.destroyed; at += BITE_BYTES)
      isEnough = !this.push(bytes.subarray(at, at + BITE_BYTES));
    if (isEnough) this.connection.pause();
  };
  readonly #end = () => void this.push(null);
  readonly #break = (error?: Error) => void this.destroy(error);
  readonly #close = () => void this.destroy();
  readonly #wait = () => void this.emit('timeout');

  constructor(connection: Socket) {
    super({ decodeStrings: false });
    this.connection = connection;
    connection.on('data', this.#take).on('end', this.#end).on('timeout', this.#wait);
    connection.on('error', this.#break).on('close', this.#close);
  }

  leave(): Socket {
    const { connection } = this;
    this.#hasLeft = true;
    connection.off('data', this.#take).off('end', this.#end).off('timeout', this.#wait);
    connection.off('error', this.#break).off('close', this.#close);
    // The same for all: each function would be kept for as long as its viewer stays.
    connection.on('data', overhear).on('end', close).on('error', notice).resume();
    this.destroy();
    return connection;
  }

  override _read(): void {
    this.connection.resume();
  }

  override _write(bytes: Buffer | string, encoding: BufferEncoding, then: Written): void {
    this.connection.write(bytes, encoding, then);
  }

  override _writev(pieces: { chunk: Buffer | string; encoding: BufferEncoding }[], then: Written): void {
    const last = pieces.length - 1;
    this.connection.cork();
    for (const [n, { chunk, encoding }] of pieces.entries())
      this.connection.write(chunk, encoding, n === last ? then : undefined);
    this.connection.uncork();
  }

  override _final(then: Written): void {
    this.connection.end(then);
  }

  override _destroy(error: Error | null, then: Written): void {
    if (!this.#hasLeft) this.connection.destroy();
    then(error);
  }

  // What HTTP wants of a socket beyond a stream.

  setTimeout(ms: number): this {
    this.connection.setTimeout(ms);
    return this;
  }

  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  // What is read from a request's socket, here and in Koa.

  get remoteAddress(): string | undefined {
    return this.connection.remoteAddress;
  }

  get localAddress(): string | undefined {
    return this.connection.localAddress;
  }

  get localPort(): number | undefined {
    return this.connection.localPort;
  }
}

function overhear(this: Socket): void {
  if (this.bytesRead > MOST_HEARD_BYTES) this.destroy();
}

/** A 'close' follows. */
function notice(): void {}

function close(this: Socket): void {
  this.end();
}
