// Reads the beginning of a feed until its container is known; the bytes then begin where they began.

import type { Container } from '../containers/container.ts';
import { byContentType, byName, recognise } from '../containers/index.ts';
import { PumpError } from '../errors.ts';
import type { Feed } from './source.ts';

/** How much of a start may be looked at before the container must be known. */
const START_BYTES = 4096;

export interface Recognised {
  readonly container: Container;
  readonly bytes: AsyncIterable<Buffer>;
}

/** `configured`: the container that it has to be */
export async function recognised(feed: Feed, configured?: Container): Promise<Recognised> {
  if (configured) return { container: configured, bytes: feed.bytes };
  const bytes = feed.bytes[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  try {
    for (let step = await bytes.next(); !step.done; step = await bytes.next()) {
      start = Buffer.concat([start, step.value]);
      const container = known(start, feed.says);
      if (container) return { container, bytes: after(start, bytes) };
    }
    throw unknown(start);
  } catch (error) {
    await bytes.return?.();
    throw error;
  }
}

function known(start: Buffer, says: string | undefined): Container | undefined {
  const container = recognise(start);
  if (container) return container;
  if (container === undefined && start.length < START_BYTES) return undefined;
  const said = says === undefined ? undefined : (byName(says) ?? byContentType(says));
  if (said) return said;
  throw unknown(start);
}

async function* after(start: Buffer, bytes: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start;
    for (let step = await bytes.next(); !step.done; step = await bytes.next()) yield step.value;
  } finally {
    await bytes.return?.();
  }
}

function unknown(start: Buffer): PumpError {
  if (start.length === 0) return new PumpError('malformed', 'it ended without a single byte');
  const begin = start.subarray(0, 8).toString('hex');
  return new PumpError('unknown container', `this is no container that is known here: it begins with ${begin}`);
}
