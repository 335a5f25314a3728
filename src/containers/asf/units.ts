// From data packets to units: where one may begin, and when each was sent on a clock that never wraps.

import type { Unit } from '../container.ts';
import { cutAtKey } from './cut.ts';
import { liveHeader } from './live-header.ts';
import { type AsfHeader, readHeader } from './objects.ts';
import { isJoin, readPacket } from './packet.ts';

/** Send times are u32 and wrap after 49.7 days. No packet is a day late: what jumps farther is another clock. */
const DAY_MS = 86_400_000;

/** What all packets after one header have in common. */
export interface Stream {
  readonly header: AsfHeader;
  /** as viewers get it */
  readonly bytes: Buffer;
  /** None: this cannot be a packet of this stream. Two: a key frame begins in the middle of it. */
  readonly units: (bytes: Buffer) => readonly Unit[];
}

export function streamOf(raw: Buffer): Stream {
  const bytes = liveHeader(raw);
  const header = readHeader(bytes);
  const unwrap = unwrapping();
  return {
    header,
    bytes,
    units(bytes) {
      const packet = bytes.length <= header.packetSize ? readPacket(bytes) : undefined;
      if (!packet) return [];
      const atMs = unwrap(packet.sendTime);
      const halves = cutAtKey(packet, header);
      if (!halves) return [{ kind: 'unit', bytes, join: isJoin(packet, header), atMs }];
      return [
        { kind: 'unit', bytes: halves.before, join: false, atMs },
        { kind: 'unit', bytes: halves.from, join: true, atMs },
      ];
    },
  };
}

function unwrapping(): (time: number) => number {
  let last: number | undefined;
  let atMs = 0;
  return (time) => {
    const step = (time - (last ?? time)) | 0; // the shorter way round
    atMs = last === undefined ? time : atMs + (Math.abs(step) < DAY_MS ? step : time - last);
    last = time;
    return atMs;
  };
}
