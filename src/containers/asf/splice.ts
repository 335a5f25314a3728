// Times carried on over an interruption, packet by packet. What needs no shifting passes untouched.

import type { Part, Splice, Unit } from '../container.ts';
import { type Outgoing, rhythm, spliced } from '../splicing.ts';
import { readHeader, type AsfHeader } from './objects.ts';
import { type Packet, readPacket } from './packet.ts';
import { retime } from './rewriting.ts';

const U32 = 2 ** 32;

export function splice(): Splice {
  return spliced(readHeader, carriedOn);
}

/** Everything here is unwrapped milliseconds. */
function carriedOn({ streams }: AsfHeader): Outgoing {
  const shown = streams.filter(({ kind }) => kind === 'video' || kind === 'audio');
  const media = new Set(shown.map(({ number }) => number));
  const sent = rhythm();
  let deltaMs = 0;
  /** the latest presentation time of each stream */
  const shownMs = new Map<number, number>();
  /** the streams that came again since the clock was moved */
  let resumed: Set<number> | undefined;

  function unit(part: Unit, nowMs: number): Part {
    const packet = readPacket(part.bytes);
    if (!packet) return part;
    const fromMs = part.atMs ?? packet.sendTime;
    carryOn(fromMs, nowMs);
    const objects = begun(packet, media);
    if (resumed) holdBack(fromMs, objects, resumed);
    const atMs = fromMs + deltaMs;
    note(atMs, nowMs, objects);
    if (deltaMs === 0) return part;
    const bytes = deltaMs % U32 === 0 ? part.bytes : retime(packet, deltaMs);
    return { ...part, bytes, atMs };
  }

  /** Moves the clock where this unit does not follow the last one by itself. */
  function carryOn(fromMs: number, nowMs: number): void {
    const stepMs = fromMs + deltaMs - (sent.atMs ?? fromMs);
    const nearMs = stepMs | 0; // a new framing does not know how often the time has wrapped
    const dueMs = sent.due(nearMs, nowMs);
    deltaMs += (dueMs === undefined ? nearMs : Math.round(dueMs)) - stepMs;
    if (dueMs !== undefined) resumed = new Set();
  }

  /** Nothing may be shown before what was shown already. All that is sent goes back together, so that sound and picture
   *  stay in step: at first by the latest of all streams, then by each one's own. */
  function holdBack(fromMs: number, objects: readonly Begun[], since: Set<number>): void {
    const latest = since.size === 0 ? Math.max(...shownMs.values()) : undefined;
    let lateMs = 0;
    for (const { stream, leadMs } of objects) {
      const floorMs = since.has(stream) ? undefined : (latest ?? shownMs.get(stream));
      if (floorMs !== undefined) lateMs = Math.max(lateMs, floorMs + 1 - (fromMs + deltaMs + leadMs));
    }
    for (const { stream } of objects) since.add(stream);
    deltaMs += lateMs;
  }

  function note(atMs: number, nowMs: number, objects: readonly Begun[]): void {
    sent.note(atMs, nowMs);
    for (const { stream, leadMs } of objects) {
      shownMs.set(stream, Math.max(shownMs.get(stream) ?? Number.NEGATIVE_INFINITY, atMs + leadMs));
    }
  }

  return { unit, rhythm: sent };
}

interface Begun {
  readonly stream: number;
  /** how much later than sent it is shown */
  readonly leadMs: number;
}

/** The objects that begin in this packet and are shown. */
function begun(packet: Packet, media: ReadonlySet<number>): Begun[] {
  const objects: Begun[] = [];
  for (const { stream, offset, presentationTime } of packet.payloads) {
    if (offset !== 0 || presentationTime === undefined || !media.has(stream)) continue;
    objects.push({ stream, leadMs: (presentationTime - packet.sendTime) | 0 });
  }
  return objects;
}
