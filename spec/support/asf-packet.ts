// Builds one ASF data packet (ASF Specification, section 5.2), in all the forms that senders give it.

import { u16, u32, u8, uint } from './asf-fields.ts';

export type Width = 0 | 1 | 2 | 4;

export interface Piece {
  readonly stream: number;
  readonly key?: boolean;
  readonly object?: number;
  readonly offset?: number;
  /** presentation time; undefined: no replicated data */
  readonly shownMs?: number | undefined;
  /** what of the object it carries; a number: so many bytes */
  readonly bytes?: Buffer | number;
  /** several small objects in one payload, so much time apart */
  readonly compressed?: readonly Buffer[];
}

export interface PacketShape {
  readonly sendMs?: number;
  readonly payloads: readonly Piece[];
  /** the form for several payloads; a single one may have it too */
  readonly multiple?: boolean;
  readonly correction?: boolean;
  /** how wide the padding's length is */
  readonly padding?: Width;
  /** how wide the packet's own length is */
  readonly length?: Width;
  /** the padding is cut off and the packet says that there is none */
  readonly stripped?: boolean;
  /** the padding is cut off, and the packet still tells it */
  readonly cut?: boolean;
}

const typeOf: Readonly<Record<Width, number>> = { 0: 0, 1: 1, 2: 2, 4: 3 };

export function packet(shape: PacketShape, packetSize: number): Buffer {
  const { payloads, correction = true, padding = 2, length = 0, stripped = false, cut = false, sendMs = 0 } = shape;
  const multiple = shape.multiple ?? payloads.length !== 1;
  const types = (multiple ? 1 : 0) | (typeOf[padding] << 3) | (typeOf[length] << 5);
  const count = multiple ? [u8(payloads.length | (typeOf[2] << 6))] : [];
  const content = Buffer.concat([...count, ...payloads.map((one) => payload(one, multiple))]);
  const head = (padded: number) =>
    Buffer.concat([
      correction ? Buffer.from([0x82, 0, 0]) : Buffer.alloc(0),
      u8(types),
      u8(0x5d), // stream number u8, object number u8, offset u32, replicated length u8
      uint(packetSize, length),
      uint(padded, padding),
      u32(sendMs >>> 0),
      u16(40),
    ]);
  const left = packetSize - head(0).length - content.length;
  if (left < 0) throw new RangeError(`${-left} bytes too many for a packet of ${packetSize}`);
  if (left > 0 && padding === 0 && !stripped) throw new RangeError('padding that the packet has no field to tell');
  if (stripped) return Buffer.concat([head(0), content]);
  return Buffer.concat([head(left), content, Buffer.alloc(cut ? 0 : left)]);
}

function payload(piece: Piece, multiple: boolean): Buffer {
  const { stream, key = false, object: number = 0, offset = 0, shownMs, bytes = 50, compressed } = piece;
  const start = [u8(stream | (key ? 0x80 : 0)), u8(number)];
  if (compressed) {
    const data = Buffer.concat(compressed.flatMap((one) => [u8(one.length), one]));
    return Buffer.concat([
      ...start,
      u32((shownMs ?? 0) >>> 0),
      u8(1),
      u8(40),
      ...(multiple ? [u16(data.length)] : []),
      data,
    ]);
  }
  const data = typeof bytes === 'number' ? Buffer.alloc(bytes, 0x30 + stream) : bytes;
  const replicated = shownMs === undefined ? [u8(0)] : [u8(8), u32(data.length + offset), u32(shownMs >>> 0)];
  return Buffer.concat([...start, u32(offset), ...replicated, ...(multiple ? [u16(data.length)] : []), data]);
}
