// Is called, on TCP or a Unix socket, by one at a time. It goes on listening from one caller to the next, so that nobody is refused
// only because he was quick: who calls while another is there waits unread for his turn, for a while.

import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { codeOf, PumpError } from '../errors.ts';
import type { Around } from '../log.ts';
import { type Door, nameOf } from './dial.ts';
import { trouble } from './trouble.ts';

export interface Caller {
  readonly socket: Socket;
  readonly from: string;
  letGo(): void;
}

/** Longer than a caller who vanished without a word holds the place (the usual `stall`), so that he can come back at once. */
const WAIT_MS = 30_000;
/** The next caller is asked for at once, unless the stream was stopped in just this moment: then nobody is to be kept waiting. */
const REST_MS = 1000;

export class Callers {
  readonly #door: Door;
  readonly #clock: Clock;
  readonly #log: Logger;
  #server: Server | undefined;
  /** gets the next who calls */
  #take: ((socket: Socket) => void) | undefined;
  /** the newest of those who came while another was there: an older one may have gone, which is seen only by reading */
  #waiting: { readonly socket: Socket; readonly cancel: () => void } | undefined;
  #cancelRest = () => {};

  constructor(door: Door, { clock, log }: Around) {
    this.#door = door;
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when somebody calls, or at once with who waits. */
  async next(signal: AbortSignal): Promise<Caller> {
    this.#cancelRest();
    try {
      this.#server ??= await listening(this.#door, (socket) => this.#called(socket));
      signal.throwIfAborted();
      const socket = await this.#first(this.#server, signal);
      return { socket, from: this.#nameOf(socket), letGo: () => this.#letGo(socket, signal) };
    } catch (error) {
      this.#close();
      throw signal.aborted ? signal.reason : trouble(nameOf(this.#door), error);
    }
  }

  #first(server: Server, signal: AbortSignal): Promise<Socket> {
    const { socket } = this.#waiting ?? {};
    this.#waiting?.cancel();
    this.#waiting = undefined;
    if (socket) return Promise.resolve(socket);
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#take = undefined;
        signal.removeEventListener('abort', abort);
        server.off('error', fail);
      };
      const abort = () => fail(signal.reason);
      const fail = (error: unknown) => {
        settle();
        reject(error);
      };
      this.#take = (called) => {
        settle();
        resolve(called);
      };
      signal.addEventListener('abort', abort, { once: true });
      server.once('error', fail);
    });
  }

  #called(socket: Socket): void {
    // Between two owners nobody listens, and an error must not end the process.
    socket.on('error', () => {});
    if (this.#take) return this.#take(socket);
    this.#refuse('a newer one waits instead');
    this.#log.info({ from: this.#nameOf(socket), ms: WAIT_MS }, 'caller waits: another one is sending');
    const cancel = this.#clock.after(WAIT_MS, () => this.#refuse(`another one was sending for ${WAIT_MS / 1000} s`));
    this.#waiting = { socket, cancel };
  }

  /** By a reset where there is such a thing, which every sender takes for a failure: a mere end is to some as if all had been taken. */
  #refuse(reason: string): void {
    if (!this.#waiting) return;
    const { socket, cancel } = this.#waiting;
    this.#waiting = undefined;
    cancel();
    this.#log.info({ from: this.#nameOf(socket), reason }, 'caller refused');
    if ('path' in this.#door) socket.destroy();
    else socket.resetAndDestroy();
  }

  #letGo(socket: Socket, { aborted, reason }: AbortSignal): void {
    socket.destroy();
    // Who is silent for too long is given up; the stream is not.
    const isStopped = aborted && !(reason instanceof PumpError && reason.code === 'stalled');
    if (isStopped) return this.#close();
    this.#cancelRest = this.#clock.after(REST_MS, () => this.#close());
  }

  #close(): void {
    this.#cancelRest();
    this.#refuse('the stream is not taken any more');
    this.#server?.close();
    this.#server = undefined;
  }

  #nameOf({ remoteAddress, remotePort }: Socket): string {
    if ('path' in this.#door) return this.#door.path;
    return nameOf({ host: (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''), port: remotePort ?? 0 });
  }
}

async function listening(door: Door, called: (socket: Socket) => void): Promise<Server> {
  // Nothing is read of who waits.
  const server = createServer({ pauseOnConnect: true }, called);
  try {
    await bound(server, door);
  } catch (error) {
    // A Unix socket outlives a process that was killed; where nobody answers on it, it is a leftover and in the way.
    if (!('path' in door) || codeOf(error) !== 'EADDRINUSE' || (await answers(door.path))) throw error;
    await unlink(door.path);
    await bound(server, door);
  }
  return server;
}

function bound(server: Server, door: Door): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...door, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
