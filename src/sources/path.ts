// Opens a path that may be a plain file or a fifo. Nothing here blocks a thread of the pool: a fifo without a writer is
// opened without waiting and read as a socket is, so that opening it can be given up at any time.

import { close, constants, createReadStream, fstat, open, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { sleep, type Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { begun, tied } from './bytes.ts';
import { trouble } from './trouble.ts';

/** One read of a file; the same as a socket's. */
const READ_BYTES = 65_536;
/** How often a fifo is looked at again after a writer left it without a byte (and on systems that say so of a fifo that
 *  has no writer yet). */
const AGAIN_MS = 100;

export interface Path {
  readonly bytes: AsyncIterable<Buffer>;
  /** somebody writes while we read: there is nothing to be had ahead of time */
  readonly live: boolean;
}

export async function openPath(path: string, clock: Clock, signal: AbortSignal): Promise<Path> {
  for (;;) {
    const { fd, stats } = await opened(path);
    if (signal.aborted) await promisify(close)(fd);
    signal.throwIfAborted();
    if (!stats.isFIFO()) return { bytes: plain(path, fd, signal), live: false };
    const bytes = await begun(fifo(fd, signal));
    if (bytes) return { bytes: tied(bytes, signal, () => {}), live: true };
    await sleep(clock, AGAIN_MS, signal);
    signal.throwIfAborted();
  }
}

async function opened(path: string): Promise<{ fd: number; stats: Stats }> {
  try {
    const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await promisify(fstat)(fd);
    const fault = faultOf(stats);
    if (fault === undefined) return { fd, stats };
    await promisify(close)(fd);
    throw new PumpError('upstream failed', `${path} ${fault}`);
  } catch (error) {
    throw trouble(path, error);
  }
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isDirectory()) return 'is a directory, not a stream';
  if (stats.isFile()) return stats.size === 0 ? 'is empty' : undefined;
  return stats.isFIFO() ? undefined : 'is a device: let a program read it and write into a fifo';
}

function plain(path: string, fd: number, signal: AbortSignal): AsyncIterable<Buffer> {
  const stream = createReadStream(path, { fd, highWaterMark: READ_BYTES });
  stream.on('error', () => {});
  return tied(stream as AsyncIterable<Buffer>, signal, () => stream.destroy());
}

function fifo(fd: number, signal: AbortSignal): AsyncIterable<Buffer> {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('error', () => {});
  return tied(socket as AsyncIterable<Buffer>, signal, () => socket.destroy());
}
