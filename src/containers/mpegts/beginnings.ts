// Where viewers begin: at the pictures of the first program, or at its sound where it has none. Which pictures, is told by the random
// access indicator (ISO/IEC 13818-1, 2.4.3.5); in a stream that does not use it, by what they begin with.

import { isRandomAccess, PACKET_BYTES, payloadAt } from './packet.ts';
import { readPes } from './pes.ts';
import { begins } from './pictures.ts';
import type { Program } from './tables.ts';

/** How much of a picture is looked at. What comes before parameter sets is short. */
const LOOKED_AT_BYTES = 400;
const NOTHING = Buffer.alloc(0);

export interface Beginnings {
  /** of what may be begun with */
  readonly pid: number | undefined;
  /** What has come of a picture does not tell yet whether it may be begun with. */
  readonly isOpen: boolean;
  /** May this be begun with, which begins in this packet? While that is open, no. */
  begin(packet: Buffer): boolean;
  /** The same, now that this packet of it has come as well. */
  goOn(packet: Buffer): boolean;
  /** There is no more of it to come. */
  close(): void;
}

export function beginnings(program: Program | undefined): Beginnings {
  const track = trackOf(program);
  const codec = track?.kind === 'video' ? track.codec : undefined;
  /** as much as has come of the one that is open */
  let picture: Buffer | undefined;
  let hasIndicators = false;

  function look(packet: Buffer, from: number): boolean {
    if (picture === undefined || codec === undefined) return false;
    if (from >= 0) picture = Buffer.concat([picture, packet.subarray(from, PACKET_BYTES)]);
    const told = begins(codec, picture);
    if (told !== undefined || picture.length >= LOOKED_AT_BYTES) picture = undefined;
    return told === true;
  }

  return {
    pid: track?.id,
    get isOpen() {
      return picture !== undefined;
    },
    begin(packet) {
      if (codec === undefined) return true;
      const isIndicated = isRandomAccess(packet);
      hasIndicators ||= isIndicated;
      if (hasIndicators) return isIndicated;
      const pes = readPes(packet);
      if (!pes) return false;
      picture = NOTHING;
      return look(packet, pes.dataAt);
    },
    goOn: (packet) => look(packet, payloadAt(packet)),
    close() {
      picture = undefined;
    },
  };
}

function trackOf(program: Program | undefined): Program['tracks'][number] | undefined {
  const tracks = program?.tracks ?? [];
  const of = (kind: string) => tracks.find((track) => track.kind === kind);
  return of('video') ?? of('audio') ?? tracks[0];
}
