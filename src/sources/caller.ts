// Listens until somebody calls, on TCP or a Unix socket, and goes on listening while he is there, so that a second one is
// refused at once instead of waiting unheard.

import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '../errors.ts';
import { type Door, nameOf } from './dial.ts';
import { trouble } from './trouble.ts';

export interface Caller {
  readonly socket: Socket;
  readonly from: string;
  letGo(): void;
}

export async function caller(door: Door, signal: AbortSignal): Promise<Caller> {
  const server = createServer();
  try {
    await listening(server, door);
    signal.throwIfAborted();
    const socket = await first(server, signal);
    const letGo = () => {
      socket.destroy();
      server.close();
    };
    return { socket, from: 'path' in door ? door.path : remoteOf(socket), letGo };
  } catch (error) {
    server.close();
    throw signal.aborted ? signal.reason : trouble(nameOf(door), error);
  }
}

async function listening(server: Server, door: Door): Promise<void> {
  try {
    await bound(server, door);
  } catch (error) {
    // A Unix socket outlives a process that was killed; where nobody answers on it, it is a leftover and in the way.
    if (!('path' in door) || codeOf(error) !== 'EADDRINUSE' || (await answers(door.path))) throw error;
    await unlink(door.path);
    await bound(server, door);
  }
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

function first(server: Server, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    server.on('error', reject);
    let taken = false;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      if (taken) return void socket.destroy();
      taken = true;
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
  });
}

function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return nameOf({ host: (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''), port: remotePort ?? 0 });
}
