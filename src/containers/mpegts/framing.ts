// From bytes to parts: packet after packet, wherever they begin, and back to them after damage (ISO/IEC 13818-1, annex G.1).

import { PumpError } from '../../errors.ts';
import type { Choices, Framing, Part } from '../container.ts';
import { PACKET_BYTES, SYNC } from './packet.ts';
import { chosen } from './program.ts';
import { isAt, lockOf } from './sync.ts';
import type { Units } from './units.ts';

/** A packet without its sync byte is a broken one if it and those behind it, so many in all, have theirs but for that. */
const CONFIRMING = 3;
/** enough to see in one or two steps where packets begin again */
const MORE_BYTES = 1024;
/** Longer than any damage: this is something else. */
const MOST_JUNK_BYTES = 1024 * 1024;
/** between two packets, at their largest distance */
const MOST_BETWEEN = 16;

/** the most that is wanted at once */
export const LARGEST_BYTES = MORE_BYTES;

interface Found {
  readonly stride: number;
  /** from the first packet on: what was read already */
  readonly bytes: Buffer;
}

export function* framing(choices: Choices = {}): Framing {
  const stream = chosen(choices);
  const parts: Part[] = [];
  try {
    // Nearly always the first byte is that of a packet. If it was not, the next ones tell.
    let rest = yield* wanted(PACKET_BYTES);
    if (rest[0] === SYNC) rest = yield* packets({ stride: PACKET_BYTES, bytes: rest }, stream, parts);
    for (;;) {
      const found: Found = yield* search(rest, parts);
      yield* parts;
      parts.length = 0;
      rest = yield* packets(found, stream, parts);
    }
  } finally {
    stream.end(parts);
    yield* parts;
  }
}

/** What is passed over is told among the parts, and not handed out here: a generator that hands something out while it is being ended is
 *  taken up again by who called it, as if it had found what it looked for. */
function* search(rest: Buffer, parts: Part[]): Generator<number, Found, Buffer> {
  let bytes = rest;
  let from = 0;
  let junk = 0;
  try {
    for (;;) {
      const lock = lockOf(bytes, from);
      if (typeof lock !== 'number') {
        junk += Math.max(0, lock.at - (lock.stride - PACKET_BYTES));
        return { stride: lock.stride, bytes: bytes.subarray(lock.at) };
      }
      // What may belong to the first packet's distance is no junk yet.
      from = Math.min(lock, MOST_BETWEEN);
      junk += lock - from;
      if (junk > MOST_JUNK_BYTES) throw junky();
      bytes = Buffer.concat([bytes.subarray(lock - from), yield* wanted(MORE_BYTES)]);
    }
  } finally {
    if (junk > 0) parts.push({ kind: 'loss', what: 'bytes', count: junk });
  }
}

/** So many bytes: where there is nothing to be handed out. */
function* wanted(bytes: number): Generator<number, Buffer, Buffer> {
  for (;;) {
    const got = yield bytes;
    if (got.length > 0) return got;
  }
}

/** So many bytes at least, the first of which have come already. */
function* filled(early: Buffer, bytes: number): Generator<number, Buffer, Buffer> {
  return early.length < bytes ? Buffer.concat([early, yield* wanted(bytes - early.length)]) : early;
}

function* handedOut(parts: Part[]): Generator<Part> {
  yield* parts;
  parts.length = 0;
}

/** Until they are packets no more: what is to be searched then. */
function* packets(found: Found, stream: Units, parts: Part[]): Generator<number | Part, Buffer, Buffer> {
  const between = found.stride - PACKET_BYTES;
  const enough = (CONFIRMING - 1) * found.stride + PACKET_BYTES;
  let early = found.bytes;
  for (;;) {
    let packet: Buffer;
    if (early.length === 0) {
      packet = yield PACKET_BYTES;
      if (packet.length === 0) {
        stream.pause(parts);
        yield* handedOut(parts);
        continue;
      }
    } else {
      early = yield* filled(early, PACKET_BYTES);
      packet = early.subarray(0, PACKET_BYTES);
      early = early.subarray(PACKET_BYTES);
    }
    if (packet[0] === SYNC) {
      stream.take(packet, parts);
      if (parts.length > 0) yield* handedOut(parts);
    } else {
      // Only behind it can be seen whether it is a broken packet, or none at all.
      early = yield* filled(Buffer.concat([packet, early]), enough);
      if (!isAt(early, found.stride, found.stride, CONFIRMING - 1)) return early;
      yield { kind: 'loss', what: 'sync errors', count: 1 };
      early = early.subarray(PACKET_BYTES);
    }
    if (between > 0) early = (yield* filled(early, between)).subarray(between);
  }
}

function junky(): PumpError {
  const most = MOST_JUNK_BYTES / 1024 / 1024;
  return new PumpError(
    'malformed',
    `no packets of a transport stream were found in ${most} MiB; this is something else`,
  );
}
