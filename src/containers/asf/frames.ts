// The frame that Windows Media puts around everything it sends over HTTP, either way ([MS-WMSP] 2.2.3, [MS-WMHTTP] 2.2.3):
// a dollar sign, a letter, the length of what follows. Bytes alone: what a frame means is for those who read and write them.

/** dollar, letter, length as u16 LE */
export const HEAD_BYTES = 4;
/** LocationId u32, Incarnation u8, AFFlags u8, PacketSize u16: before $H, $D and $M of a server, never in a push */
export const PREHEADER_BYTES = 8;
/** what the u16 length can say */
export const MOST_BODY_BYTES = 0xffff;
/** in $E and $C */
export const REASON_BYTES = 4;

const DOLLAR = 0x24;
/** The top bit of the dollar says "more follows at once". Windows Media Services sets it in its fast start; VLC, FFmpeg
 *  and libmms take it for an unknown frame, so it is masked when read and never written. */
const DOLLAR_BITS = 0x7f;

export const letters = {
  header: 0x48, // $H
  data: 0x44, // $D
  metadata: 0x4d, // $M
  end: 0x45, // $E
  change: 0x43, // $C
  packetPair: 0x50, // $P: its length lies
  test: 0x54, // $T
  filler: 0x46, // $F: an encoder fills a body with it that has to end at its Content-Length
} as const;

/** AFFlags of a $H or $M: the first piece, the last, or (0x0c) the only one. */
export const FIRST_PIECE = 0x04;
export const LAST_PIECE = 0x08;

/** $E: what the reason says. Every other reason ends the stream too. */
export const reasons = { over: 0, changes: 1 } as const;

/** `body`: in pieces that belong together */
export function writeFrame(letter: number, ...body: readonly Buffer[]): Buffer {
  const frame = Buffer.concat([Buffer.of(DOLLAR, letter, 0, 0), ...body]);
  frame.writeUInt16LE(frame.length - HEAD_BYTES, 2);
  return frame;
}

/** A $E or $C: why, and what may stand behind that. */
export function writeReason(letter: number, reason: number, ...more: readonly Buffer[]): Buffer {
  const bytes = Buffer.alloc(REASON_BYTES);
  bytes.writeUInt32LE(reason);
  return writeFrame(letter, bytes, ...more);
}

interface FrameHead {
  readonly letter: number;
  /** bytes after the head */
  readonly length: number;
}

export function isDollar(byte: number | undefined): boolean {
  return byte !== undefined && (byte & DOLLAR_BITS) === DOLLAR;
}

/** Undefined: this is no frame; whoever reads has lost the sync. Wants at least HEAD_BYTES from `at` on. */
export function readHead(bytes: Buffer, at = 0): FrameHead | undefined {
  if (!isDollar(bytes[at])) return undefined;
  return { letter: bytes.readUInt8(at + 1), length: bytes.readUInt16LE(at + 2) };
}
