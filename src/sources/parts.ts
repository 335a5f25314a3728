// One feed as parts of whatever container it is: for commands that read a stream by themselves and not into a channel.

import type { Container, Part } from '../containers/container.ts';
import { Framer } from '../containers/framer.ts';
import { recognised } from './recognised.ts';
import type { Feed } from './source.ts';

export interface Parts {
  readonly container: Container;
  readonly parts: AsyncIterable<Part>;
}

/** Reads on until the container is known. */
export async function partsOf(feed: Feed): Promise<Parts> {
  const { container, framed, bytes } = await recognised(feed);
  return { container, parts: read(framed, bytes) };
}

async function* read(container: Container, bytes: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const framer = new Framer(container);
  for await (const chunk of bytes) if (yield* framer.push(chunk)) return;
  yield* framer.end();
  if (framer.heldBytes > 0) yield { kind: 'loss', what: 'bytes', count: framer.heldBytes };
}
