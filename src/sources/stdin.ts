// Takes a stream from stdin, once. Stdin itself is never destroyed, so that a reading that was given up can be begun again
// where it stopped; at rest it does not keep the process alive.

import { once } from 'node:events';
import { ReadStream as FileStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { tied } from './bytes.ts';
import type { Feed } from './source.ts';
import { trouble } from './trouble.ts';

export async function openStdin(signal: AbortSignal): Promise<Feed> {
  const { stdin } = process;
  if (stdin.isTTY)
    throw new PumpError('upstream failed', 'stdin is a terminal: send a stream into it, as in `… | stream-pump`');
  if (stdin.readableEnded || stdin.destroyed) throw new PumpError('upstream failed', 'stdin has ended');
  const stop = new AbortController();
  const bytes = tied(read(stdin, stop.signal), signal, () => {
    stop.abort();
    stdin.pause();
    stdin.unref?.();
  });
  stdin.ref?.();
  // `< film.mkv` instead of a pipe: then it is as good as that file.
  return { bytes, from: 'stdin', ahead: stdin instanceof FileStream };
}

async function* read(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    while (!signal.aborted) {
      const chunk: unknown = stream.read();
      if (Buffer.isBuffer(chunk)) yield chunk;
      else if (stream.readableEnded) return;
      else await readable(stream, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw trouble('stdin', error);
  }
}

async function readable(stream: Readable, signal: AbortSignal): Promise<void> {
  const waiting = linked(signal);
  const until = { signal: waiting.signal };
  try {
    await Promise.race([once(stream, 'readable', until), once(stream, 'end', until)]);
  } finally {
    waiting.abort();
  }
}
