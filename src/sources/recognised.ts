// Reads the beginning of a feed until its container is known; the bytes then begin where they began.

import type { Container } from '../containers/container.ts';
import { byContentType, byName, recognise } from '../containers/index.ts';
import { PumpError } from '../errors.ts';
import { rejoin } from './bytes.ts';
import type { Feed } from './source.ts';

/** How much of a start may be looked at before the container must be known. */
const START_BYTES = 4096;

export interface Recognised {
  /** what its parts are of */
  readonly container: Container;
  /** what the bytes are to be read as: the container, or a link that carries it */
  readonly framed: Container;
  readonly bytes: AsyncIterable<Buffer>;
}

/** `configured`: the container that it has to be; `hint`: what else whoever configured it could do */
export async function recognised(feed: Feed, configured?: Container, hint = ''): Promise<Recognised> {
  const hinted = configured ? { ...feed, says: configured.name } : feed;
  const { container: framed = configured, start, rest } = await begin(hinted);
  const container = framed?.carried ?? framed;
  if (framed && container && (!configured || container === configured))
    return { container, framed, bytes: rejoin(start, rest) };
  await rest.return?.();
  throw configured && container ? another(configured, container) : unknown(start, hint);
}

function another({ name: takes }: Container, { name }: Container): PumpError {
  return new PumpError('unknown container', `this stream takes ${takes} only, and this is ${name}`);
}

function unknown(start: Buffer, hint: string): PumpError {
  const text = start.toString('latin1', 0, 8).trimEnd();
  const begins = /^[ -~]{4,}$/.test(text) ? `'${text}'` : start.toString('hex', 0, 8);
  return new PumpError(
    'unknown container',
    `this is no container that is known here: it begins with ${begins}; ASF, MPEG-TS, Matroska or WebM is wanted${hint}`,
  );
}

export interface Beginning {
  /** undefined: none that is known here */
  readonly container: Container | undefined;
  readonly start: Buffer;
  readonly rest: AsyncIterator<Buffer>;
}

export async function begin({ bytes, says }: Feed): Promise<Beginning> {
  const rest = bytes[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  try {
    for (let step = await rest.next(); !step.done; step = await rest.next()) {
      start = Buffer.concat([start, step.value]);
      const container = known(start, says);
      if (container !== undefined) return { container: container || undefined, start, rest };
    }
  } catch (error) {
    await rest.return?.();
    throw error;
  }
  if (start.length === 0) throw new PumpError('malformed', 'nothing came: the source ended without a single byte');
  return { container: undefined, start, rest };
}

/** False: none; undefined: that is not to be seen yet. */
function known(start: Buffer, says: string | undefined): Container | false | undefined {
  const container = recognise(start);
  if (container) return container;
  if (container === undefined && start.length < START_BYTES) return undefined;
  return (says !== undefined && (byName(says) ?? byContentType(says))) || false;
}
