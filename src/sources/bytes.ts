// Bytes that are tied to what they come from: it is let go of once, however the reading ends (at the end, by a failure, by an abort,
// by a reader who leaves, even before the first byte). An abort is thrown as the signal's own reason.

import type { Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';

export function tied(bytes: AsyncIterable<Buffer>, signal: AbortSignal, letGo: () => void): AsyncIterable<Buffer> {
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    signal.removeEventListener('abort', release);
    letGo();
  };
  signal.addEventListener('abort', release, { once: true });
  if (signal.aborted) release();
  return { [Symbol.asyncIterator]: () => reader(bytes[Symbol.asyncIterator](), signal, release) };
}

function reader(inner: AsyncIterator<Buffer>, signal: AbortSignal, release: () => void): AsyncIterator<Buffer> {
  return {
    async next() {
      try {
        const step = await inner.next();
        signal.throwIfAborted();
        if (step.done) release();
        return step;
      } catch (error) {
        release();
        throw signal.aborted ? signal.reason : error;
      }
    },
    async return() {
      release();
      await inner.return?.().catch(() => {});
      return { done: true, value: undefined };
    },
  };
}

/** The same bytes, once the first of them is there: only then a source has answered with a stream. Undefined: it ended
 *  without any. */
export async function begun(bytes: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer> | undefined> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (!first.done && first.value.length === 0) first = await iterator.next();
  return first.done ? undefined : rejoin(first.value, iterator);
}

/** The bytes that were read already, before the rest. */
export function rejoin(first: Buffer, rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  let unread: Buffer | undefined = first;
  // No generator: one that was never begun would not pass on that its reader has left.
  const iterator: AsyncIterator<Buffer> = {
    async next() {
      if (unread === undefined) return rest.next();
      const value = unread;
      unread = undefined;
      return { done: false, value };
    },
    async return() {
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Does something within a time, or aborts it with a sentence that says what took too long. The signal that the work gets is
 *  for the work alone: what goes on afterwards has to be tied to `signal` itself. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  late: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = linked(signal);
  const cancel = clock.after(ms, () => patience.abort(new PumpError('upstream failed', late)));
  try {
    return await work(patience.signal);
  } finally {
    cancel();
    patience.unlink();
  }
}
