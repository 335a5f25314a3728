// How one pump hands a stream on to another: a line that says what follows, then frames, each a head of a fixed size and a body.
// docs/link.md is the whole of it. Numbers are big-endian.

/** Another version is another content type's parameter: who does not know it gets the plain stream. */
export const VERSION = 1;
export const HELLO = `StreamPumpLink/${VERSION} `;
export const HEAD_BYTES = 24;

export const kinds = { header: 0x48, unit: 0x55, silence: 0x53, end: 0x45 } as const; // H U S E
export const flags = {
  /** of a unit: one may begin here */
  join: 1,
  /** of a unit: it does not continue what came before */
  gap: 2,
  /** of a unit: the last of its run */
  last: 4,
  /** of silence: the sender's own source is gone */
  lost: 8,
} as const;

/** Kind (u8), flags (u8), two bytes of zero, the body's length (u32), of which the first so many bytes lead up to the rest (u32),
 *  the unit's number (u32), its time (f64, NaN where it has none). */
export interface Head {
  readonly kind: number;
  readonly flags: number;
  readonly bodyBytes: number;
  readonly leadBytes: number;
  readonly index: number;
  readonly atMs: number;
}

export function readHead(bytes: Buffer): Head {
  return {
    kind: bytes.readUInt8(0),
    flags: bytes.readUInt8(1),
    bodyBytes: bytes.readUInt32BE(4),
    leadBytes: bytes.readUInt32BE(8),
    index: bytes.readUInt32BE(12),
    atMs: bytes.readDoubleBE(16),
  };
}

export function writeHead({ kind, flags, bodyBytes, leadBytes, index, atMs }: Head): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt8(flags, 1);
  bytes.writeUInt16BE(0, 2);
  bytes.writeUInt32BE(bodyBytes, 4);
  bytes.writeUInt32BE(leadBytes, 8);
  bytes.writeUInt32BE(index >>> 0, 12);
  bytes.writeDoubleBE(atMs, 16);
  return bytes;
}

/** A frame without anything of a unit's. */
export function plainHead(kind: number, bodyBytes = 0, flags = 0): Buffer {
  return writeHead({ kind, flags, bodyBytes, leadBytes: 0, index: 0, atMs: Number.NaN });
}
