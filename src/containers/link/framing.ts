// From a link's frames to the parts that the sending channel had. What another machine says is not believed: sizes are bounded, a
// header has to be one of the format, and a unit has to fit it, since what is passed on is read by wires and splices.

import { PumpError } from '../../errors.ts';
import type { Choices, Container, Framing, Unit } from '../container.ts';
import { flags, type Head, HEAD_BYTES, HELLO, kinds, readHead } from './frames.ts';

/** Without what is attached, of which there may be as much as the bounds say: no format here has a longer header. */
const MOST_HEADER_BYTES = 2 * 1024 * 1024;
/** Where the bounds do not say. */
const ATTACHMENT_BYTES = 1024 * 1024;
/** The largest block of Matroska is 16 MiB, and its Cluster and a lead take a little more. */
const MOST_UNIT_BYTES = 17 * 1024 * 1024;
/** The most that the configuration lets be attached is 64 MiB. */
export const LARGEST_BYTES = MOST_HEADER_BYTES + 64 * 1024 * 1024;

export function* framing(carried: Container, { attachmentBytes = ATTACHMENT_BYTES }: Choices = {}): Framing {
  yield* hello(carried.name);
  let fits: ((unit: Buffer) => boolean) | undefined;
  /** the number that follows the last unit's; undefined: there is nothing to follow */
  let next: number | undefined;
  for (;;) {
    const head = readHead(yield HEAD_BYTES);
    const { kind } = head;
    if (kind === kinds.end) return;
    if (kind === kinds.header) {
      const bytes = yield bounded(head, MOST_HEADER_BYTES + attachmentBytes);
      fits = fitting(carried, bytes);
      next = undefined;
      yield { kind: 'header', bytes };
    } else if (kind === kinds.unit && fits) {
      const body = yield bounded(head, MOST_UNIT_BYTES);
      const unit = unitOf(head, body);
      if (!fits(unit.bytes)) throw malformed(`a unit that is none of ${carried.name}`);
      if (head.flags & flags.gap || (next !== undefined && next !== head.index)) yield { kind: 'gap' };
      next = (head.index + 1) >>> 0;
      yield unit;
    } else if (kind === kinds.silence && head.bodyBytes === 0) {
      yield { kind: 'silence', isLost: (head.flags & flags.lost) !== 0 };
    } else throw malformed(`a frame of an unknown kind (${kind})`);
  }
}

/** The line is as long as it has to be, so it is not searched for its end. */
function* hello(name: string): Generator<number, void, Buffer> {
  const expected = `${HELLO}${name}\n`;
  if ((yield expected.length).toString('latin1') !== expected) throw malformed('no such beginning');
}

function bounded({ bodyBytes, leadBytes }: Head, most: number): number {
  if (bodyBytes > most) throw new PumpError('too large', `link: a frame of ${bodyBytes} bytes, more than ${most}`);
  if (leadBytes > bodyBytes) throw malformed('a frame that leads up to nothing');
  return bodyBytes;
}

function unitOf({ flags: marks, leadBytes, atMs }: Head, body: Buffer): Unit {
  return {
    kind: 'unit',
    bytes: body.subarray(leadBytes),
    join: (marks & flags.join) !== 0,
    ...(Number.isFinite(atMs) && { atMs }),
    ...(leadBytes > 0 && { lead: body.subarray(0, leadBytes) }),
    ...(marks & flags.last && { isLast: true }),
  };
}

/** Throws where this is no header that every use of it can read. */
function fitting(carried: Container, header: Buffer): (unit: Buffer) => boolean {
  try {
    carried.tracks(header);
    for (const wire of carried.wires) wire.dress(header);
    return carried.fits?.(header) ?? (() => true);
  } catch (error) {
    throw malformed(`a header that is none of ${carried.name}`, error);
  }
}

function malformed(what: string, cause?: unknown): PumpError {
  return new PumpError('malformed', `link: ${what}; are both pumps of the same version?`, { cause });
}
