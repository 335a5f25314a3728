// Finding where packets begin (ISO/IEC 13818-1, annex G.1): by sync bytes at the distance of a packet. Beside plain packets of
// 188 bytes there are those of recorders, with four bytes of time before each, and those with 16 bytes of error correction behind.

import { PACKET_BYTES, SYNC } from './packet.ts';

/** 0x47 is nothing rare: so many in a row, each at its place, are no chance. */
const HITS = 5;
/** from one packet to the next: plain, with a time stamp, with error correction */
const STRIDES = [PACKET_BYTES, 192, 204] as const;
/** A time stamp of a recorder comes before its packet. */
const STAMPED = 192;
const STAMP_BYTES = 4;

export interface Lock {
  /** where the first packet begins */
  readonly at: number;
  readonly stride: number;
}

/** Looks from `from` on. A number: no packets begin before there, and what is there is too short to say more. */
export function lockOf(bytes: Buffer, from = 0, hits = HITS): Lock | number {
  let at = bytes.indexOf(SYNC, from);
  for (; at >= 0; at = bytes.indexOf(SYNC, at + 1)) {
    let undecided = false;
    for (const stride of STRIDES) {
      const found = isAt(bytes, at, stride, hits);
      if (found) return { at, stride };
      undecided ||= found === undefined;
    }
    if (undecided) return at;
  }
  return bytes.length;
}

/** Undefined: so far as these bytes go. */
export function isAt(bytes: Buffer, at: number, stride: number, hits: number): boolean | undefined {
  for (let hit = 0; hit < hits; hit++) {
    const byte = bytes[at + hit * stride];
    if (byte === undefined) return undefined;
    if (byte !== SYNC) return false;
  }
  return true;
}

/** Are these first bytes packets, of any of the kinds? A stream that begins in the middle of one is known by its name alone. */
export function recognise(start: Buffer): boolean | undefined {
  const verdicts = STRIDES.map((stride) => isAt(start, firstAt(stride), stride, RECOGNISED));
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}

const RECOGNISED = 3;

/** Are these so many packets and nothing else, as a datagram has to hold them (RFC 2250, section 2)? */
export function areWhole(bytes: Buffer): boolean {
  return STRIDES.some((stride) => {
    const count = bytes.length / stride;
    return Number.isInteger(count) && count > 0 && isAt(bytes, firstAt(stride), stride, count) === true;
  });
}

const firstAt = (stride: number) => (stride === STAMPED ? STAMP_BYTES : 0);
