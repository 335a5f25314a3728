// MMSH frames ([MS-WMSP] 2.2.3, [MS-WMHTTP] 2.2.3) to parts. Servers put a preheader before headers and packets, encoders do not,
// FFmpeg does when it posts. Bytes that are no frame mean that the sync is lost, which cannot be mended: nothing marks the next.

import { PumpError } from '../../errors.ts';
import type { Framing, Part } from '../container.ts';
import { HEAD_BYTES, letters, PREHEADER_BYTES, readHead, REASON_BYTES, reasons } from './frames.ts';
import { type HeaderPieces, headerPieces } from './pieces.ts';
import { type Stream, streamOf } from './units.ts';
import { malformed } from './walk.ts';

/** A jump of more packets than any outage loses is another numbering; that it lost one packet at least is all one can say. */
const MOST_MISSING = 65_536;
/** Half of the numbers of 32 bits: what is farther ahead has gone back, or stands still as some servers leave it. */
const BEHIND = 0x8000_0000;

/** `head`: the first frame's, already read. */
export function* mmshFrames(head: Buffer): Framing {
  const told = session();
  const skipPair = packetPairs();
  for (let next = head; ; next = yield HEAD_BYTES) {
    const frame = readHead(next);
    switch (frame?.letter) {
      case letters.data:
        yield* told.packet(yield frame.length);
        break;
      case letters.header:
        yield* told.header(yield frame.length);
        break;
      case letters.change:
        yield* told.change(yield frame.length);
        break;
      case letters.end:
        if (endReason(yield frame.length) !== reasons.changes) return;
        break;
      case letters.packetPair:
        yield* skipPair(frame.length);
        break;
      case letters.metadata:
      case letters.test:
      case letters.filler:
        yield frame.length;
        break;
      default:
        throw lostSync();
    }
  }
}

/** What has been told of the stream, and what frames come to by that. */
function session() {
  const pieces = headerPieces();
  let stream: Stream | undefined;
  let missing = missingBefore();

  function begin(header: Buffer | undefined): Part[] {
    const following = header && streamOf(header);
    // Told again in mid-stream it says nothing new.
    if (!following || stream?.bytes.equals(following.bytes)) return [];
    stream = following;
    missing = missingBefore();
    return [{ kind: 'header', bytes: stream.bytes }];
  }

  return {
    packet(body: Buffer): readonly Part[] {
      if (!stream && pieces.begun) throw malformed('packets come before all of it');
      const missed = pieces.preheader ? missing(body) : 0;
      // Without a header it belongs to a stream that this session has not been told of.
      const units = stream?.units(pieces.preheader ? body.subarray(PREHEADER_BYTES) : body) ?? [];
      const count = (stream ? missed : 0) + (units.length === 0 ? 1 : 0);
      return count === 0 ? units : [{ kind: 'loss', what: 'packets', count }, ...units];
    },
    header: (body: Buffer): Part[] => begin(pieces.add(body)),
    change(body: Buffer): Part[] {
      stream = undefined;
      return begin(changed(pieces, body));
    },
  };
}

/** An encoder sends the new header within its $C, a server behind it. */
function changed(pieces: HeaderPieces, body: Buffer): Buffer | undefined {
  pieces.forget();
  const within = body.subarray(REASON_BYTES);
  return within.length > PREHEADER_BYTES ? pieces.add(within) : undefined;
}

/** Three frames that measure the line. The first is shorter than it says by what the answer's own head took, which its
 *  reason tells; the last is longer by as much. */
function packetPairs(): (length: number) => Generator<number, void, Buffer> {
  let count = 0;
  let shift = 0;
  return function* (length) {
    const reason = yield REASON_BYTES;
    if (count === 0) shift = reason.readUInt32LE(0);
    if (shift > length) throw lostSync();
    if (count === 0) yield length - shift;
    else yield count === 1 ? length : length + shift;
    count = (count + 1) % 3;
  };
}

/** How many packets the numbers leave out before this one. Servers may leave some out, but somebody lost them all the same. */
function missingBefore(): (body: Buffer) => number {
  let expected: number | undefined;
  return (body) => {
    if (body.length < PREHEADER_BYTES) return 0;
    const location = body.readUInt32LE(0);
    const missing = (location - (expected ?? location)) >>> 0;
    expected = location + 1;
    if (missing >= BEHIND) return 0;
    return missing > MOST_MISSING ? 1 : missing;
  };
}

/** FFmpeg ends with a preheader and no reason, the stream pump of 2010 with both: neither is as specified. */
function endReason(body: Buffer): number {
  const preheader = body.length >= PREHEADER_BYTES && body.readUInt16LE(6) === body.length;
  const at = preheader ? PREHEADER_BYTES : 0;
  return body.length >= at + REASON_BYTES ? body.readUInt32LE(at) : reasons.over;
}

function lostSync(): PumpError {
  return new PumpError('malformed', 'what follows is no Windows Media frame; send the stream anew from its header');
}
