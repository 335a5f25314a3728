// HTTP reads and writes each connection through a line, so that a connection can be taken from it: whole, for a viewer, or only what
// comes in, for an encoder whose body has no end. Node can do neither unless the client asks for an Upgrade. For a viewer the line ends
// as if the client had gone, which frees all that Node keeps for a request under way (parser, request, response): ten kilobytes.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { instead } from './beginning.ts';

/** On a whole connection, its requests included. Players that watch say nothing, or a line now and then. */
const MOST_HEARD_BYTES = 1 << 20;
/** HTTP reads all the requests that it is given at once, wanted or not: of what came together it is given so much, and the next when the
 *  connection still stands. */
const BITE_BYTES = 16 * 1024;

type Written = (error?: Error | null) => void;
type OfConnection = Pick<IncomingMessage, 'socket'>;

/** Puts a line before every connection of a new server. */
export function onLines<Any extends Server>(server: Any): Any {
  instead(server, (socket, attach) => attach(new Line(socket)));
  return server;
}

/** The connection itself, of which more is known than of its line. */
export function connectionOf(request: OfConnection): Socket {
  return lineOf(request).connection;
}

/** Ends HTTP on this connection and hands it over. What its client sends from now on is thrown away; a client that sends far too much
 *  is hung up on, and one that closes its side is sent no more. */
export function takeOver(request: OfConnection): Socket {
  return lineOf(request).leave();
}

/** All that comes on this connection from now on, until it ends. HTTP hears nothing of it, and can still answer. */
export function incomingOf(request: OfConnection): PassThrough {
  return lineOf(request).divert();
}

function lineOf({ socket }: OfConnection): Line {
  const line: Duplex = socket;
  if (line instanceof Line) return line;
  throw new TypeError('a request of a server that has no lines');
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
    // The same functions for all connections: one for each would be kept for as long as its viewer stays.
    connection.on('data', overhear).on('end', close).on('error', notice).resume();
    this.destroy();
    return connection;
  }

  divert(): PassThrough {
    const body = new PassThrough();
    this.connection
      .off('data', this.#take)
      .off('end', this.#end)
      .once('close', () => body.end());
    return this.connection.pipe(body);
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

  // What HTTP asks of a socket that a stream does not have.

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
