// EBML: ids and variable-length numbers (RFC 8794, sections 4 to 6), and the ids of Matroska that a pump looks at (RFC 9559,
// section 5). Ids keep their marker bit, as they are always written.

export const ids = {
  ebml: 0x1a45dfa3,
  maxIdLength: 0x42f2,
  maxSizeLength: 0x42f3,
  docType: 0x4282,
  void: 0xec,
  crc32: 0xbf,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  cues: 0x1c53bb6b,
  chapters: 0x1043a770,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  segmentFilename: 0x7384,
  previousUuid: 0x3cb923,
  previousFilename: 0x3c83ab,
  nextUuid: 0x3eb923,
  nextFilename: 0x3e83bb,
  segmentFamily: 0x4444,
  chapterTranslate: 0x6924,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagEnabled: 0xb9,
  flagDefault: 0x88,
  flagForced: 0x55aa,
  trackName: 0x536e,
  language: 0x22b59c,
  languageBcp47: 0x22b59d,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  codecName: 0x258688,
  defaultDuration: 0x23e383,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  outputSamplingFrequency: 0x78b5,
  channels: 0x9f,
  tags: 0x1254c367,
  tag: 0x7373,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  attachments: 0x1941a469,
  attachedFile: 0x61a7,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  position: 0xa7,
  previousSize: 0xab,
  silentTracks: 0x5854,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  referenceBlock: 0xfb,
} as const;

/** The longest that Matroska has, whatever an EBML header would allow. */
export const MOST_ID_BYTES = 4;
export const MOST_SIZE_BYTES = 8;
/** a size of which all bits are ones: the element ends where something begins that cannot be within it */
export const UNKNOWN = Number.POSITIVE_INFINITY;

/** How many bytes the number has that begins with this one; more than `MOST_SIZE_BYTES`: none begins so. */
export function widthOf(first: number): number {
  return Math.clz32(first) - 23;
}

/** A number without its marker bit: its first byte, and where the others are. What is too large to
 *  be counted exactly is larger than anything that is allowed. */
export function readNumber(first: number, bytes: Buffer, at: number): number {
  const width = widthOf(first);
  if (width === 1) return first === 0xff ? UNKNOWN : first & 0x7f;
  const isLong = width === MOST_SIZE_BYTES;
  const low = Math.min(width - 1, 6);
  const high = isLong ? bytes.readUInt8(at) : first & (0xff >> width);
  const rest = bytes.readUIntBE(isLong ? at + 1 : at, low);
  const allOnes = rest === 2 ** (8 * low) - 1 && high === (isLong ? 0xff : 0xff >> width);
  return allOnes ? UNKNOWN : high * 2 ** (8 * low) + rest;
}

/** in as few bytes as it takes */
export function sizeWidth(size: number): number {
  if (size < 0x7f) return 1;
  if (size < 0x3fff) return 2;
  if (size < 0x1fffff) return 3;
  return size < 0xfffffff ? 4 : 6;
}

/** Sizes up to 2^42; returns where it ends. */
export function writeSize(bytes: Buffer, size: number, at: number): number {
  const width = sizeWidth(size);
  return bytes.writeUIntBE(size + 2 ** (7 * width), at, width);
}

export interface Element {
  readonly id: number;
  readonly data: Buffer;
}

/** The elements that fill these bytes, each of a known size; undefined where they do not hold together. */
export function readElements(bytes: Buffer): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const idWidth = widthOf(bytes.readUInt8(at));
    const sizeAt = at + idWidth;
    if (idWidth > MOST_ID_BYTES || sizeAt >= bytes.length) return undefined;
    const first = bytes.readUInt8(sizeAt);
    const width = widthOf(first);
    const start = sizeAt + width;
    if (width > MOST_SIZE_BYTES || start > bytes.length) return undefined;
    const size = readNumber(first, bytes, sizeAt + 1);
    if (size > bytes.length - start) return undefined;
    elements.push({ id: bytes.readUIntBE(at, idWidth), data: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return elements;
}

export function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
  bytes.writeUIntBE(id, 0, bytes.length);
  return bytes;
}

export function writeElement(id: number, data: Buffer): Buffer {
  const size = Buffer.alloc(sizeWidth(data.length));
  writeSize(size, data.length, 0);
  return Buffer.concat([idBytes(id), size, data]);
}

/** Undefined where it has no bytes, more than eight, or is too large to be counted exactly. */
export function readUint(data: Buffer | undefined): number | undefined {
  if (!data || data.length === 0 || data.length > 8) return undefined;
  const low = Math.min(data.length, 6);
  const high = data.length - low;
  const value = (high > 0 ? data.readUIntBE(0, high) : 0) * 2 ** 48 + data.readUIntBE(high, low);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function readFloat(data: Buffer | undefined): number | undefined {
  const value = data?.length === 4 ? data.readFloatBE(0) : data?.length === 8 ? data.readDoubleBE(0) : undefined;
  return Number.isFinite(value) ? value : undefined;
}

/** Up to the first zero byte: strings may be filled up with them. */
export function readText(data: Buffer | undefined): string {
  const text = data?.toString('utf8') ?? '';
  return text.split('\0', 1).join('');
}
