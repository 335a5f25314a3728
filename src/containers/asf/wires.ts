// ASF on a connection: MMSH frames for Windows Media's own players ([MS-WMSP] 2.2.3), plain ASF for everybody else.

import type { Wire } from '../container.ts';
import {
  DOLLAR,
  FIRST_PIECE,
  HEAD_BYTES,
  LAST_PIECE,
  letters,
  MOST_BODY_BYTES,
  PREHEADER_BYTES,
  reasons,
} from './frames.ts';
import { readHeader } from './objects.ts';
import { readPacket } from './packet.ts';
import { pad } from './rewriting.ts';

const MOST_PAYLOAD_BYTES = MOST_BODY_BYTES - PREHEADER_BYTES;
const REASON_BYTES = 4;

/** Packets go out as they came: padding that was taken away stays away, where players can put it back. */
export const mmsh: Wire = {
  name: 'mmsh',
  contentType: 'application/x-mms-framed',
  dress(header) {
    const { packetSize } = readHeader(header);
    return {
      begin: headerFrames(header),
      unit: (bytes, index) => frame(letters.data, fillable(bytes, packetSize), index, index),
    };
  },
  change: (header) =>
    Buffer.concat([reasonFrame(letters.end, reasons.changes), reasonFrame(letters.change, 0), headerFrames(header)]),
  end: () => reasonFrame(letters.end, reasons.over),
};

/** Packets at the size that the header promises. */
export const plain: Wire = {
  name: 'asf',
  contentType: 'video/x-ms-asf',
  dress(header) {
    const { packetSize } = readHeader(header);
    return { begin: header, unit: (bytes) => pad(bytes, packetSize) };
  },
};

/** VLC, FFmpeg, MPlayer and libmms fill a short packet up with zeros. A single payload without a length of its own goes on to
 *  the end of its packet, so they would take the zeros for a part of it: such a packet says what is padding. */
function fillable(bytes: Buffer, packetSize: number): Buffer {
  if (bytes.length >= packetSize || readPacket(bytes)?.multiple !== false) return bytes;
  return pad(bytes, packetSize);
}

/** One frame wherever it fits, since FFmpeg takes every piece for a whole header. */
function headerFrames(header: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < header.length; at += MOST_PAYLOAD_BYTES) {
    const end = Math.min(header.length, at + MOST_PAYLOAD_BYTES);
    const flags = (at === 0 ? FIRST_PIECE : 0) | (end === header.length ? LAST_PIECE : 0);
    pieces.push(frame(letters.header, header.subarray(at, end), pieces.length, flags));
  }
  return Buffer.concat(pieces);
}

/** With a preheader: LocationId, a packet's or a piece's number, and AFFlags, which in $D run through 8 bits of their own.
 *  Both lengths have to be right: VLC goes by the one in the preheader, the others by the frame's. */
function frame(letter: number, payload: Buffer, location: number, flags: number): Buffer {
  const length = PREHEADER_BYTES + payload.length;
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt8(DOLLAR, 0);
  bytes.writeUInt8(letter, 1);
  bytes.writeUInt16LE(length, 2);
  bytes.writeUInt32LE(location >>> 0, 4);
  bytes.writeUInt8(0, 8); // Incarnation: nobody looks at it
  bytes.writeUInt8(flags & 0xff, 9);
  bytes.writeUInt16LE(length, 10);
  payload.copy(bytes, HEAD_BYTES + PREHEADER_BYTES);
  return bytes;
}

function reasonFrame(letter: number, reason: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + REASON_BYTES);
  bytes.writeUInt8(DOLLAR, 0);
  bytes.writeUInt8(letter, 1);
  bytes.writeUInt16LE(REASON_BYTES, 2);
  bytes.writeUInt32LE(reason, HEAD_BYTES);
  return bytes;
}
