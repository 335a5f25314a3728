// The head of a PES packet (ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7): its time stamps, and where what it carries begins.

import { isScrambled, isStart, PACKET_BYTES, payloadAt } from './packet.ts';

/** start code, stream id, length, flags, length of the rest of the head */
const FIXED_BYTES = 9;
const STAMP_BYTES = 5;
const START_CODE = 0x000001;
/** Streams whose PES packets have no such head (table 2-21): maps, padding, private 2, ECM, EMM, directories, DSM-CC, H.222.1 E. */
const headless: ReadonlySet<number> = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);

export interface Pes {
  /** where the presentation time stamp stands, and the one for decoding; -1 where there is none */
  readonly ptsAt: number;
  readonly dtsAt: number;
  /** where what it carries begins, which may be behind the end of this packet */
  readonly dataAt: number;
}

/** Of the PES packet that begins in the transport packet at `at`. Undefined: none does, or its head is not to be read. */
export function readPes(bytes: Buffer, at = 0): Pes | undefined {
  const from = isStart(bytes, at) && !isScrambled(bytes, at) ? payloadAt(bytes, at) : -1;
  const end = at + PACKET_BYTES;
  if (from < 0 || from + FIXED_BYTES > end || bytes.readUIntBE(from, 3) !== START_CODE) return undefined;
  const flags = bytes.readUInt8(from + 6);
  if (headless.has(bytes.readUInt8(from + 3)) || flags >> 6 !== 0b10) return undefined;
  const stamps = bytes.readUInt8(from + 7) >> 6;
  const length = bytes.readUInt8(from + 8);
  const count = stamps === 0b11 ? 2 : stamps === 0b10 ? 1 : 0;
  const whole = length >= count * STAMP_BYTES && from + FIXED_BYTES + count * STAMP_BYTES <= end ? count : 0;
  return {
    ptsAt: whole > 0 ? from + FIXED_BYTES : -1,
    dtsAt: whole > 1 ? from + FIXED_BYTES + STAMP_BYTES : -1,
    dataAt: from + FIXED_BYTES + length,
  };
}

/** 33 bits, in three pieces with a marker behind each. */
export function readStamp(bytes: Buffer, at: number): number {
  const top = (bytes.readUInt8(at) >> 1) & 0x07;
  return top * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1);
}

export function writeStamp(bytes: Buffer, at: number, ticks: number): void {
  const top = Math.floor(ticks / 2 ** 30);
  bytes.writeUInt8((bytes.readUInt8(at) & 0xf1) | (top << 1), at);
  bytes.writeUInt16BE(((Math.floor(ticks / 2 ** 15) & 0x7fff) << 1) | 1, at + 1);
  bytes.writeUInt16BE(((ticks & 0x7fff) << 1) | 1, at + 3);
}
