// ASF as it stands in a file or comes from an encoder's output: header, the beginning of the Data Object, packets of one
// size (ASF Specification, sections 2 and 5). Damage is stepped over packet by packet, since all have the same size.

import { PumpError } from '../../errors.ts';
import type { Framing, Part } from '../container.ts';
import { asOne } from '../side-by-side.ts';
import { guidOf, topLevel } from './guids.ts';
import { OBJECT_HEAD_BYTES } from './layouts.ts';
import { DATA_HEAD_BYTES } from './objects.ts';
import { type Stream, streamOf } from './units.ts';
import { headerSize, malformed } from './walk.ts';

/** A damaged packet comes alone; as many in a row as this are no packets at all. */
const MOST_BROKEN = 16;

/** What may stand behind the packets of a file: the stream is over there. */
const indexes: ReadonlySet<string> = new Set([
  topLevel.simpleIndex,
  topLevel.index,
  topLevel.mediaObjectIndex,
  topLevel.timecodeIndex,
]);

/** `start`: the first bytes, already read. Several streams may follow each other, as from `cat`. */
export function* bare(start: Buffer): Framing {
  let head: Buffer | undefined = asOne([start, yield OBJECT_HEAD_BYTES - start.length]);
  while (head) {
    const header: Buffer = yield* wholeHeader(head);
    const stream: Stream = streamOf(header);
    yield { kind: 'header', bytes: stream.bytes };
    head = yield* packets(stream);
  }
}

function* wholeHeader(head: Buffer): Generator<number, Buffer, Buffer> {
  const size = headerSize(head);
  const header = asOne([head, yield size - head.length]);
  const data = yield DATA_HEAD_BYTES;
  if (guidOf(data) !== topLevel.data) throw malformed('no Data Object follows it; it is damaged');
  return header;
}

/** Until the stream is over, or until another header begins: that one's first bytes. */
function* packets({ header, units }: Stream): Generator<number | Part, Buffer | undefined, Buffer> {
  for (let broken = 0; broken < MOST_BROKEN; ) {
    const start = yield OBJECT_HEAD_BYTES;
    const guid = guidOf(start);
    if (guid === topLevel.header) return start;
    if (indexes.has(guid)) return undefined;
    const whole = units(asOne([start, yield header.packetSize - start.length]));
    broken = whole.length > 0 ? 0 : broken + 1;
    if (whole.length === 0) yield { kind: 'loss', what: 'packets', count: 1 };
    yield* whole;
  }
  throw new PumpError('malformed', `${MOST_BROKEN} packets in a row cannot be read; this ASF stream is damaged`);
}
