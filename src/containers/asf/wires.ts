// ASF on a connection: MMSH frames for Windows Media's own players ([MS-WMSP] 2.2.3), plain ASF for everybody else.

import type { Wire } from '../wire.ts';
import {
  FIRST_PIECE,
  LAST_PIECE,
  letters,
  MOST_BODY_BYTES,
  PREHEADER_BYTES,
  reasons,
  writeFrame,
  writeReason,
} from './frames.ts';
import { readHeader } from './objects.ts';
import { readPacket } from './packet.ts';
import { pad } from './rewriting.ts';

const MOST_PAYLOAD_BYTES = MOST_BODY_BYTES - PREHEADER_BYTES;

/** Packets go out as they came: padding that was taken away stays away, where players can put it back. */
export const mmsh: Wire = {
  name: 'mmsh',
  contentType: 'application/x-mms-framed',
  dress(header) {
    const { packetSize } = readHeader(header);
    return {
      begin: headerFrames(header),
      unit: (bytes, index) => numbered(letters.data, fillable(bytes, packetSize), index, index),
    };
  },
  change: (header) =>
    Buffer.concat([writeReason(letters.end, reasons.changes), writeReason(letters.change, 0), headerFrames(header)]),
  end: () => writeReason(letters.end, reasons.over),
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
    pieces.push(numbered(letters.header, header.subarray(at, end), pieces.length, flags));
  }
  return Buffer.concat(pieces);
}

/** A frame with a preheader: LocationId, a packet's or a piece's number, and AFFlags, which in $D run through 8 bits of their
 *  own. Both lengths have to be right: VLC goes by the one in the preheader, the others by the frame's. */
function numbered(letter: number, payload: Buffer, location: number, flags: number): Buffer {
  const preheader = Buffer.alloc(PREHEADER_BYTES);
  preheader.writeUInt32LE(location >>> 0, 0);
  preheader.writeUInt8(flags & 0xff, 5); // after Incarnation, at which nobody looks
  preheader.writeUInt16LE(PREHEADER_BYTES + payload.length, 6);
  return writeFrame(letter, preheader, payload);
}
