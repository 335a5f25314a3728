// Sections: what tables are sent in (ISO/IEC 13818-1, 2.4.4). They may begin anywhere in a packet, several in one or one over
// several, and end in a checksum.

import { isStart, PACKET_BYTES, payloadAt, pidOf, setCounter, SYNC } from './packet.ts';

/** table id, then twelve bits of length in two bytes */
const HEAD_BYTES = 3;
const LENGTH_BITS = 0x0fff;
/** The program tables have so much at the most; private ones that share a PID with them may have more, and are left out. */
const MOST_BYTES = 1024;
const STUFFING = 0xff;
const PACKET_HEAD_BYTES = 4;
const NOTHING = Buffer.alloc(0);
const HAS_CRC = 0x80;
export const CRC_BYTES = 4;
/** in the head of a section with a checksum: its own number, and the last one of its table */
const NUMBERS_AT = 6;

export interface Sections {
  /** Those that this packet of the PID completes, checked. */
  take(packet: Buffer): Buffer[];
}

/** `damaged` hears of those whose checksum is wrong. */
export function sections(damaged?: () => void): Sections {
  /** the beginning of one; undefined: where the next begins is not known yet */
  let held: Buffer | undefined;
  return {
    take(packet) {
      const at = payloadAt(packet);
      if (at < 0) return [];
      const payload = packet.subarray(at);
      const found: Buffer[] = [];
      let rest = payload;
      if (isStart(packet)) {
        const pointed = 1 + payload.readUInt8(0);
        if (held) split(Buffer.concat([held, payload.subarray(1, pointed)]), found, damaged);
        held = NOTHING;
        rest = payload.subarray(pointed);
      }
      if (held) held = split(Buffer.concat([held, rest]), found, damaged);
      return found;
    },
  };
}

/** Takes whole sections off the front; what is left may become one. Undefined: nothing of use before the next start. */
function split(bytes: Buffer, found: Buffer[], damaged?: () => void): Buffer | undefined {
  let at = 0;
  for (;;) {
    if (bytes[at] === STUFFING) return undefined;
    if (at + HEAD_BYTES > bytes.length) return bytes.subarray(at);
    const end = at + HEAD_BYTES + (bytes.readUInt16BE(at + 1) & LENGTH_BITS);
    if (end - at > MOST_BYTES) return undefined;
    if (end > bytes.length) return bytes.subarray(at);
    const section = bytes.subarray(at, end);
    if (crc32(section) === 0) found.push(section);
    else if ((bytes.readUInt8(at + 1) & HAS_CRC) !== 0) damaged?.();
    at = end;
  }
}

/** A table in one section: the head of one that it had, with its length and a checksum of its own. */
export function sectionOf(head: Buffer, body: Buffer): Buffer {
  const whole = Buffer.concat([head, body, Buffer.alloc(CRC_BYTES)]);
  const flags = whole.readUInt16BE(1) & ~LENGTH_BITS;
  whole.writeUInt16BE(flags | (whole.length - HEAD_BYTES), 1);
  whole.fill(0, NUMBERS_AT, NUMBERS_AT + 2);
  whole.writeUInt32BE(crc32(whole.subarray(0, -CRC_BYTES)), whole.length - CRC_BYTES);
  return whole;
}

/** A section in packets of its own, counted from zero. */
export function packets(pid: number, section: Buffer): Buffer {
  const payload = Buffer.concat([Buffer.of(0), section]); // it begins at once
  const room = PACKET_BYTES - PACKET_HEAD_BYTES;
  const count = Math.ceil(payload.length / room);
  const whole = Buffer.alloc(count * PACKET_BYTES, STUFFING);
  for (let n = 0; n < count; n++) {
    const at = n * PACKET_BYTES;
    whole.writeUInt8(SYNC, at);
    whole.writeUInt16BE((n === 0 ? 0x4000 : 0) | pid, at + 1);
    whole.writeUInt8(0x10, at + 3);
    setCounter(whole, at, n);
    payload.copy(whole, at + PACKET_HEAD_BYTES, n * room, (n + 1) * room);
  }
  return whole;
}

/** Packets of sections, counted so that what follows on their PIDs goes on from them. `last`: of each PID, where it is known. */
export function counted(whole: Buffer, last: (pid: number) => number | undefined): Buffer {
  const bytes = Buffer.from(whole);
  const due = new Map<number, number>();
  for (let at = bytes.length - PACKET_BYTES; at >= 0; at -= PACKET_BYTES) {
    const pid = pidOf(bytes, at);
    const counter = due.get(pid) ?? last(pid);
    if (counter === undefined) continue;
    setCounter(bytes, at, counter);
    due.set(pid, counter - 1);
  }
  return bytes;
}

const POLYNOMIAL = 0x04c11db7;
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? POLYNOMIAL : 0);
  return crc;
});

/** Annex A: of a whole section, its own checksum included, it is zero. */
export function crc32(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc << 8) ^ (table[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
}
