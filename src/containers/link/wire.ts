// A channel as another pump is sent it: the header, and the units of each run with all that the channel knows of them, so that the
// other side has the same parts without reading the format again.

import type { Container, Unit } from '../container.ts';
import type { Batch, Wire } from '../wire.ts';
import { flags, HELLO, kinds, plainHead, VERSION, writeHead } from './frames.ts';

export const LINK_TYPE = 'application/x-stream-pump-link';
export const LINK = `${LINK_TYPE}; v=${VERSION}`;

export function wireOf(carried: Container): Wire {
  const hello = Buffer.from(`${HELLO}${carried.name}\n`);
  return {
    name: 'link',
    contentType: LINK,
    dress: (header) => ({ begin: Buffer.concat([hello, headerFrame(header)]), run, silence }),
    change: headerFrame,
    // What else ends a viewer (the pump stops, another format comes) is no end of the stream: the other side comes again.
    end: (why) => (why === 'stream ended' ? plainHead(kinds.end) : Buffer.alloc(0)),
  };
}

function headerFrame(header: Buffer): Buffer {
  return Buffer.concat([plainHead(kinds.header, header.length), header]);
}

function silence(isLost: boolean): Buffer {
  return plainHead(kinds.silence, 0, isLost ? flags.lost : 0);
}

function run({ units, firstIndex, gap }: Batch): Buffer {
  const last = units.length - 1;
  return Buffer.concat(
    units.flatMap((unit, n) =>
      unitFrame(unit, firstIndex + n, (n === 0 && gap ? flags.gap : 0) | (n === last ? flags.last : 0)),
    ),
  );
}

function unitFrame({ bytes, join, atMs = Number.NaN, lead }: Unit, index: number, marks: number): Buffer[] {
  const leadBytes = lead?.length ?? 0;
  const bodyBytes = leadBytes + bytes.length;
  const head = writeHead({
    kind: kinds.unit,
    flags: marks | (join ? flags.join : 0),
    bodyBytes,
    leadBytes,
    index,
    atMs,
  });
  return lead ? [head, lead, bytes] : [head, bytes];
}
