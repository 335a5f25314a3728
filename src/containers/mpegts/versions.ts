// The versions of tables carried on: an encoder that comes back with another program under the same version number has changed
// nothing as players see it (ISO/IEC 13818-1, 2.4.4.5, 2.4.4.9): VLC goes by the version alone. Tables of more than one packet,
// which encoders do not have, stay as they are.

import { isStart, PACKET_BYTES, payloadAt, pidOf } from './packet.ts';
import { CRC_BYTES, crc32 } from './sections.ts';

/** in a section: its length, the byte with its version */
const LENGTH_AT = 1;
const HEAD_BYTES = 3;
const LENGTH_BITS = 0x0fff;
const VERSION_AT = 5;
const VERSION_BITS = 0x3e;
const LEAST_BYTES = VERSION_AT + 1 + CRC_BYTES;
/** PAT and PMT */
const tables: readonly number[] = [0x00, 0x02];

export interface Versions {
  /** The header as it has to go out behind that one: other content under a version that was there gets the next. */
  change(before: Buffer, header: Buffer): Buffer;
  /** Does the packet at `at` have a version to be written anew? */
  concerns(bytes: Buffer, at: number): boolean;
  write(bytes: Buffer, at: number): void;
}

export function versions(): Versions {
  /** what is added, by PID */
  const shifts = new Map<number, number>();

  function write(bytes: Buffer, at: number): void {
    const section = sectionAt(bytes, at);
    if (section) setVersion(section, versionOf(section) + (shifts.get(pidOf(bytes, at)) ?? 0));
  }

  return {
    change(before, header) {
      const next = Buffer.from(header);
      for (let at = 0; at < next.length; at += PACKET_BYTES) {
        write(next, at);
        const pid = pidOf(next, at);
        const section = sectionAt(next, at);
        const old = section && firstOf(before, pid);
        if (!old || old.equals(section) || versionOf(old) !== versionOf(section)) continue;
        shifts.set(pid, (shifts.get(pid) ?? 0) + 1);
        setVersion(section, versionOf(section) + 1);
      }
      return next;
    },
    concerns: (bytes, at) => shifts.size > 0 && shifts.has(pidOf(bytes, at)),
    write,
  };
}

function firstOf(header: Buffer, pid: number): Buffer | undefined {
  for (let at = 0; at < header.length; at += PACKET_BYTES) {
    if (pidOf(header, at) === pid) return sectionAt(header, at);
  }
  return undefined;
}

/** The table that begins with this packet, if it is all in it. */
function sectionAt(bytes: Buffer, at: number): Buffer | undefined {
  const from = isStart(bytes, at) ? payloadAt(bytes, at) : -1;
  if (from < 0) return undefined;
  const begin = from + 1 + bytes.readUInt8(from);
  const packetEnd = at + PACKET_BYTES;
  if (begin + LEAST_BYTES > packetEnd || !tables.includes(bytes.readUInt8(begin))) return undefined;
  const end = begin + HEAD_BYTES + (bytes.readUInt16BE(begin + LENGTH_AT) & LENGTH_BITS);
  return end - begin >= LEAST_BYTES && end <= packetEnd ? bytes.subarray(begin, end) : undefined;
}

const versionOf = (section: Buffer): number => (section.readUInt8(VERSION_AT) & VERSION_BITS) >> 1;

function setVersion(section: Buffer, version: number): void {
  section.writeUInt8((section.readUInt8(VERSION_AT) & ~VERSION_BITS) | ((version << 1) & VERSION_BITS), VERSION_AT);
  const crcAt = section.length - CRC_BYTES;
  section.writeUInt32BE(crc32(section.subarray(0, crcAt)), crcAt);
}
