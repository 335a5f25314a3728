// What Matroska streams are built of: elements, blocks, clusters (RFC 8794, sections 5 to 7; RFC 9559, sections 5.1.3 and 10).

const CLUSTER = '1f43b675';
export const UNKNOWN = Buffer.from('01ffffffffffffff', 'hex');

/** An element with its size in as many bytes as asked for, or as few as it takes. */
export function element(id: string, data: Buffer | string | readonly Buffer[] = [], width = 0): Buffer {
  const held = Buffer.isBuffer(data) ? data : typeof data === 'string' ? Buffer.from(data) : Buffer.concat(data);
  return Buffer.concat([Buffer.from(id, 'hex'), size(held.length, width), held]);
}

/** An element that does not say how long it is. */
export function endless(id: string, ...data: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(id, 'hex'), UNKNOWN, ...data]);
}

/** A size of its own, whatever follows it. */
export function size(value: number, width = 0): Buffer {
  let bytes = width || 1;
  while (value >= 2 ** (7 * bytes) - 1) bytes += 1;
  const number = BigInt(value) | (1n << BigInt(7 * bytes));
  return Buffer.from(number.toString(16).padStart(2 * bytes, '0'), 'hex');
}

export function uint(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

export function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

export interface BlockShape {
  readonly key?: boolean;
  readonly bytes?: number;
  /** what it carries, instead of so many bytes */
  readonly payload?: Buffer;
  readonly flags?: number;
}

function block(track: number, relative: number, flags: number, { bytes = 50, payload }: BlockShape): Buffer {
  const head = Buffer.alloc(3);
  head.writeInt16BE(relative);
  head.writeUInt8(flags, 2);
  return Buffer.concat([size(track), head, payload ?? Buffer.alloc(bytes, (track * 16 + relative) & 0xff)]);
}

export function simple(track: number, relative: number, { key = false, flags = 0, ...shape }: BlockShape = {}): Buffer {
  return element('a3', block(track, relative, flags | (key ? 0x80 : 0), shape));
}

/** A BlockGroup; a key frame refers to nothing. */
export function group(track: number, relative: number, { key = false, ...shape }: BlockShape = {}): Buffer {
  const refers = key ? [] : [element('fb', Buffer.of(0xd8))];
  return element('a0', [element('a1', block(track, relative, 0, shape)), element('9b', uint(40)), ...refers]);
}

/** One Attachments with files of so many bytes. */
export function attachment(...lengths: number[]): Buffer {
  return element(
    '1941a469',
    lengths.map((length) => element('61a7', Buffer.alloc(length, 1))),
  );
}

export const timestamp = (ticks: number): Buffer => element('e7', uint(ticks));

export function cluster(ticks: number, ...blocks: Buffer[]): Buffer {
  return element(CLUSTER, [timestamp(ticks), ...blocks]);
}

/** As live muxers write it: it ends where something begins that cannot be within it. */
export function openCluster(ticks: number, ...blocks: Buffer[]): Buffer {
  return endless(CLUSTER, timestamp(ticks), ...blocks);
}
