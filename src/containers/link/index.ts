// One pump feeding another, as a container of another's parts: for each format there is one, with that format's own tracks and
// splice. Nothing is configured: who pulls says by `Accept` that it understands, and who is asked by nobody so sends the plain stream.

import type { Container } from '../container.ts';
import { HELLO } from './frames.ts';
import { framing, LARGEST_BYTES } from './framing.ts';
import { LINK, LINK_TYPE, wireOf } from './wire.ts';

export { LINK } from './wire.ts';

const known = new WeakMap<Container, Container>();

/** The link that carries this container. */
export function linkOf(carried: Container): Container {
  let link = known.get(carried);
  if (!link) known.set(carried, (link = make(carried)));
  return link;
}

function make(carried: Container): Container {
  const hello = Buffer.from(`${HELLO}${carried.name}\n`);
  return {
    name: 'link',
    carried,
    contentTypes: [LINK_TYPE],
    largestBytes: LARGEST_BYTES,
    recognise: (start) => {
      const told = start.subarray(0, hello.length);
      if (!told.equals(hello.subarray(0, told.length))) return false;
      return told.length === hello.length ? true : undefined;
    },
    framing: (choices) => framing(carried, choices),
    wires: [wireOf(carried)],
    tracks: carried.tracks,
    splice: carried.splice,
  };
}

/** Whether somebody who sends these Accept headers understands the link in this version. */
export function acceptsLink(lines: readonly string[] = []): boolean {
  const plain = LINK.replaceAll(' ', '');
  return lines.some((line) => line.split(',').some((type) => type.replaceAll(/\s/g, '').toLowerCase() === plain));
}
