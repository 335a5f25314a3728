// What broadcasters call their programs: the service description table (ETSI EN 300 468, 5.2.3 and 6.2.33).

import type { Service } from '../examination.ts';
import { walk } from './codecs.ts';
import { CRC_BYTES, sectionOf } from './sections.ts';
import { isInForce } from './tables.ts';
import { dvbText } from './text.ts';

export const SDT_PID = 0x11;
/** of this very stream; there may be those of others */
const SDT_TABLE = 0x42;
const HEAD_BYTES = 11;
const ENTRY_HEAD_BYTES = 5;
const LENGTH_BITS = 0x0fff;
const SERVICE = 0x48;

interface Entry {
  readonly id: number;
  /** with its head */
  readonly bytes: Buffer;
}

/** The services that a section tells; none of what is no such section. */
export function readServices(section: Buffer): Service[] {
  return entries(section).flatMap(({ id, bytes }) => {
    for (const { tag, body } of walk(bytes.subarray(ENTRY_HEAD_BYTES))) {
      if (tag !== SERVICE || body.length < 3) continue;
      const between = 2 + body.readUInt8(1);
      const name = dvbText(body.subarray(between + 1, between + 1 + (body[between] ?? 0)));
      const provider = dvbText(body.subarray(2, between));
      return [{ id, name, ...(provider !== '' && { provider }) }];
    }
    return [];
  });
}

/** The section with one service alone; undefined where it is not in it. */
export function serviceAlone(section: Buffer, number: number): Buffer | undefined {
  const entry = entries(section).find(({ id }) => id === number);
  return entry && sectionOf(section.subarray(0, HEAD_BYTES), entry.bytes);
}

function entries(section: Buffer): Entry[] {
  if (!isInForce(section, SDT_TABLE, HEAD_BYTES)) return [];
  const found: Entry[] = [];
  const end = section.length - CRC_BYTES;
  for (let at = HEAD_BYTES; at + ENTRY_HEAD_BYTES <= end; ) {
    const until = at + ENTRY_HEAD_BYTES + (section.readUInt16BE(at + 3) & LENGTH_BITS);
    found.push({ id: section.readUInt16BE(at), bytes: section.subarray(at, Math.min(until, end)) });
    at = until;
  }
  return found;
}
