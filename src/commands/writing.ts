// Where `receive` writes to: a file or stdout. What comes by multicast does not wait for whoever reads slowly, so beyond a bound
// it is left out and counted.

import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { PumpError } from '../errors.ts';

export interface Writing {
  /** All of these, or none of them where there is no room. */
  write(pieces: readonly Buffer[]): void;
  /** payloads that were left out */
  readonly leftOut: number;
  readonly bytes: number;
  /** Resolves when all is written. */
  end(): Promise<void>;
}

/** Half a minute of 16 Mbit/s: a player that is paused for longer has lost its place anyway. */
const MOST_UNWRITTEN_BYTES = 64 << 20;

const unwritten = (where: string, cause: unknown) =>
  new PumpError('upstream failed', `cannot write to ${where}`, { cause });

export async function writingTo(where: string, failed: (error: Error) => void): Promise<Writing> {
  const stream: Writable = where === '-' ? process.stdout : createWriteStream(where);
  if (where !== '-') await once(stream, 'open').catch((error: unknown) => Promise.reject(unwritten(where, error)));
  // Whoever read stdout and has gone is no failure, and ends the command elsewhere.
  let isBroken = false;
  stream.on('error', (error) => {
    isBroken = true;
    if (where !== '-') failed(unwritten(where, error));
  });
  let leftOut = 0;
  let bytes = 0;
  return {
    write(pieces) {
      if (pieces.length === 0 || isBroken) return;
      if (stream.writableLength > MOST_UNWRITTEN_BYTES) return void (leftOut += 1);
      for (const piece of pieces) {
        bytes += piece.length;
        stream.write(piece);
      }
    },
    get leftOut() {
      return leftOut;
    },
    get bytes() {
      return bytes;
    },
    end: () =>
      new Promise((resolve) => {
        if (isBroken) return resolve();
        stream.once('error', () => resolve());
        // Stdout belongs to the process: it is only waited for.
        if (where === '-') stream.write('', () => resolve());
        else stream.end(() => resolve());
      }),
  };
}
