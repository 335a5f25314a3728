// ASF data packets (ASF Specification, section 5.2): what a reflector has to know of one, read by hand because it is done
// for every packet. Nothing is read past the end; what cannot be a packet is undefined.

import type { AsfHeader } from './objects.ts';

export interface Packet {
  readonly bytes: Buffer;
  readonly multiple: boolean;
  /** milliseconds, u32: wraps after 49.7 days */
  readonly sendTime: number;
  readonly sendTimeAt: number;
  /** a field that says how long the packet is: then padding must be left alone */
  readonly fixed: boolean;
  /** where the length types stand, in whose bits 3 and 4 the width of the padding's length is told */
  readonly typesAt: number;
  readonly paddingAt: number;
  readonly paddingWidth: number;
  readonly padding: number;
  readonly payloads: readonly Payload[];
  /** where the last payload ends */
  readonly end: number;
}

export interface Payload {
  readonly stream: number;
  readonly key: boolean;
  /** number of the media object (a frame, an audio block) that these bytes are of, modulo the width of its field */
  readonly object: number;
  /** where in that object they belong */
  readonly offset: number;
  /** several whole objects, each with its length before it */
  readonly compressed: boolean;
  /** milliseconds, u32, preroll included; undefined where none is told */
  readonly presentationTime: number | undefined;
  readonly presentationTimeAt: number;
  readonly replicatedAt: number;
  readonly replicatedBytes: number;
  readonly at: number;
  readonly end: number;
}

/** Length types: absent, u8, u16, u32. */
const WIDTHS = [0, 1, 2, 4] as const;
const width = (types: number, shift: number): number => WIDTHS[(types >> shift) & 3] ?? 0;
/** A field's width, which has to be looked at before. */
const uint = (bytes: Buffer, at: number, wide: number): number => (wide === 0 ? 0 : bytes.readUIntLE(at, wide));

const PRESENT = 0x80;
const KEY = 0x80;
const STREAM_NUMBER = 0x7f;
const COUNT = 0x3f;
/** from here on replicated data holds an object's size and presentation time */
const TIMED_BYTES = 8;

export function readPacket(bytes: Buffer): Packet | undefined {
  const typesAt = afterCorrection(bytes);
  if (typesAt === undefined || typesAt + 2 > bytes.length) return undefined;
  const types = bytes.readUInt8(typesAt);
  const properties = bytes.readUInt8(typesAt + 1);
  // Bit 7 of both is told by the specification, which makes it a good sign of damage: the stream number is always one byte.
  if (types & 0x80 || properties >> 6 !== 1) return undefined;
  const lengthWidth = width(types, 5);
  const paddingWidth = width(types, 3);
  const paddingAt = typesAt + 2 + lengthWidth + width(types, 1);
  const sendTimeAt = paddingAt + paddingWidth;
  const start = sendTimeAt + 4 + 2; // send time, duration
  if (start > bytes.length) return undefined;
  const packetLength = lengthWidth > 0 ? uint(bytes, typesAt + 2, lengthWidth) : bytes.length;
  const padding = uint(bytes, paddingAt, paddingWidth);
  const multiple = (types & 1) !== 0;
  const payloads = multiple
    ? readPayloads(bytes, start, properties)
    : readSingle(bytes, start, properties, packetLength - padding >= start ? packetLength - padding : packetLength);
  const end = payloads?.at(-1)?.end;
  if (!payloads || end === undefined) return undefined;
  const sendTime = bytes.readUInt32LE(sendTimeAt);
  return {
    bytes,
    multiple,
    sendTime,
    sendTimeAt,
    fixed: lengthWidth > 0,
    typesAt,
    paddingAt,
    paddingWidth,
    padding,
    payloads,
    end,
  };
}

/** Where the length types stand: behind the error correction, which is optional and of two bytes where it is there. */
function afterCorrection(bytes: Buffer): number | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  if (!(first & PRESENT)) return 0;
  return first & 0x60 ? undefined : 1 + (first & 0x0f); // a length type that nothing defines
}

/** Its payload goes on to where the padding begins, or to the end where a sender cut the padding off without saying so. */
function readSingle(bytes: Buffer, at: number, properties: number, end: number): Payload[] | undefined {
  const payload = readPayload(bytes, at, properties, 0, end);
  return payload && [payload];
}

function readPayloads(bytes: Buffer, start: number, properties: number): Payload[] | undefined {
  const flags = bytes[start];
  if (flags === undefined) return undefined;
  const lengthWidth = width(flags, 6);
  if (lengthWidth === 0) return undefined;
  const payloads: Payload[] = [];
  for (let at = start + 1, left = flags & COUNT; left > 0; left--) {
    const payload = readPayload(bytes, at, properties, lengthWidth);
    if (!payload) return undefined;
    payloads.push(payload);
    at = payload.end;
  }
  return payloads;
}

/** `lengthWidth` 0: the payload has no length of its own and ends at `until`. */
function readPayload(
  bytes: Buffer,
  at: number,
  properties: number,
  lengthWidth: number,
  until = 0,
): Payload | undefined {
  const objectWidth = width(properties, 4);
  const offsetWidth = width(properties, 2);
  const offsetAt = at + 1 + objectWidth;
  const countAt = offsetAt + offsetWidth;
  const replicatedAt = countAt + width(properties, 0);
  if (replicatedAt > bytes.length) return undefined;
  const replicatedBytes = uint(bytes, countAt, width(properties, 0));
  const lengthAt = replicatedAt + replicatedBytes;
  const start = lengthAt + lengthWidth;
  if (start > bytes.length) return undefined;
  const end = lengthWidth > 0 ? start + uint(bytes, lengthAt, lengthWidth) : until;
  if (end < start || end > bytes.length) return undefined;
  const stream = bytes.readUInt8(at);
  if ((stream & STREAM_NUMBER) === 0) return undefined;
  const compressed = replicatedBytes === 1;
  const timeAt = compressed ? offsetAt : replicatedAt + 4;
  const timed = compressed ? offsetWidth === 4 : replicatedBytes >= TIMED_BYTES;
  return {
    stream: stream & STREAM_NUMBER,
    key: (stream & KEY) !== 0,
    object: uint(bytes, at + 1, objectWidth),
    offset: compressed ? 0 : uint(bytes, offsetAt, offsetWidth),
    compressed,
    presentationTime: timed ? bytes.readUInt32LE(timeAt) : undefined,
    presentationTimeAt: timeAt,
    replicatedAt,
    replicatedBytes,
    at: start,
    end,
  };
}

/** May a viewer begin with this packet? Where there are key frames it must hold the beginning of one: of the lowest-numbered
 *  video stream, since FFmpeg marks no audio as key and Microsoft's encoders mark all of it. VLC's server marks every
 *  picture, so where the codec allows it the picture itself is asked too. Without key frames the beginning of anything
 *  but a script will do. */
export function isJoin(packet: Packet, header: AsfHeader): boolean {
  return joinAt(packet, header) >= 0;
}

/** Which of its payloads one may begin with; negative: none. */
export function joinAt(packet: Packet, { keyFrames, streams }: AsfHeader): number {
  return packet.payloads.findIndex(({ stream, key, offset, compressed, at }) => {
    if (offset !== 0) return false;
    if (!keyFrames) return streams.some(({ number, kind }) => number === stream && kind !== 'command');
    const picture = packet.bytes[compressed ? at + 1 : at] ?? 0;
    return key && stream === keyFrames.stream && (picture & keyFrames.zeroBits) === 0;
  });
}
