// A container that is small enough to be read in a spec: a letter, a length and a text, for each part. Specs of the core
// use it, because the core must not know any real one.

import type { Container, Framing, Part, Splice } from '../../src/containers/container.ts';
import type { Wire } from '../../src/containers/wire.ts';
import { PumpError } from '../../src/errors.ts';

/** `H`eader, `K`ey unit, `U`nit, `L`oss of so many packets, `G`ap, `E`nd. A unit's text may begin with its time: `1500 abc`. */
export const toy = (letter: 'H' | 'K' | 'U' | 'L' | 'G' | 'E', text = ''): Buffer =>
  Buffer.concat([Buffer.from([letter.charCodeAt(0), text.length]), Buffer.from(text)]);

function* framing(): Framing {
  for (;;) {
    const [letter, length] = yield 2;
    const bytes = yield length!;
    const name = String.fromCharCode(letter!);
    if (name === 'E') return;
    yield part(name, bytes);
  }
}

function part(name: string, bytes: Buffer): Part {
  const atMs = Number.parseInt(bytes.toString(), 10);
  const clock = Number.isNaN(atMs) ? {} : { atMs };
  switch (name) {
    case 'H':
      return { kind: 'header', bytes };
    case 'K':
    case 'U':
      return { kind: 'unit', bytes, join: name === 'K', ...clock };
    case 'L':
      return { kind: 'loss', what: 'packets', count: atMs };
    case 'G':
      return { kind: 'gap' };
    default:
      throw new PumpError('malformed', `toy: no part begins with ${name}`);
  }
}

/** Shows everything that a wire may do: each unit as `[number:text]`. */
export const toyWire: Wire = {
  name: 'toy',
  contentType: 'application/x-toy',
  dress: (header) => ({
    begin: Buffer.from(`<${header.toString()}>`),
    unit: (bytes, index) => Buffer.from(`[${index}:${bytes.toString()}]`),
  }),
  change: (header) => Buffer.from(`<now ${header.toString()}>`),
  end: () => Buffer.from('<end>'),
};

/** Units as they are. */
export const bareWire: Wire = {
  name: 'bare',
  contentType: 'application/x-bare',
  dress: (header) => ({ begin: header }),
};

/** A header that is the same but for the case of its letters counts as the same. */
function splice(): Splice {
  let first: Buffer | undefined;
  return (next) => {
    if (next.kind !== 'header') return next;
    const same = first?.toString().toLowerCase() === next.bytes.toString().toLowerCase();
    first = same ? first! : next.bytes;
    return { kind: 'header', bytes: first };
  };
}

export const toyContainer: Container = {
  name: 'toy',
  contentTypes: ['application/x-toy'],
  largestBytes: 255,
  recognise: (start) => (start.length === 0 ? undefined : start[0] === 0x48),
  framing,
  wires: [toyWire, bareWire],
  tracks: (header) => [{ kind: 'other', codec: header.toString(), id: 1 }],
  splice,
};
