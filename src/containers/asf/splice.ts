// Times carried on over an interruption: an encoder that comes back under a header of the same layout has begun its clock anew
// nearly always, and players stop at times that run backwards. What needs no shifting passes untouched.

import type { Part, Splice, Unit } from '../container.ts';
import { readHeader } from './objects.ts';
import { type Packet, readPacket } from './packet.ts';
import { retime } from './rewriting.ts';

/** A source that goes on by its old clock within so much of the time that passed is left as it is: shifting it by what the
 *  network made of it would only make its clock drift, interruption by interruption. */
const SAME_CLOCK_MS = 2000;
/** Packets may be sent a little out of order; farther back than this it is another clock. */
const JITTER_MS = 1000;
/** Pauses do not tell how far apart packets usually are. */
const MOST_INTERVAL_MS = 1000;
const U32 = 2 ** 32;

/** What has to be asked of the next unit's time. */
type Doubt = 'none' | 'gap' | 'header';

export function splice(): Splice {
  let header: Buffer | undefined;
  let layout = '';
  let clock = carriedOn(new Set());
  return (part, nowMs) => {
    if (part.kind === 'unit') return clock.unit(part, nowMs);
    if (part.kind === 'gap') clock.doubt('gap');
    if (part.kind !== 'header') return part;
    const told = readHeader(part.bytes);
    if (header && told.layout === layout) {
      clock.doubt('header');
      return { kind: 'header', bytes: header };
    }
    header = part.bytes;
    layout = told.layout;
    const media = told.streams.filter(({ kind }) => kind === 'video' || kind === 'audio');
    clock = carriedOn(new Set(media.map(({ number }) => number)));
    return part;
  };
}

/** The clock of what goes out under one header. Everything here is unwrapped milliseconds; `media`: the streams that are shown. */
function carriedOn(media: ReadonlySet<number>) {
  let doubt: Doubt = 'none';
  let deltaMs = 0;
  let usualMs = 1;
  let last: { atMs: number; nowMs: number } | undefined;
  /** the latest presentation time of each stream */
  const shownMs = new Map<number, number>();
  /** the streams that came again since the clock was moved */
  let resumed: Set<number> | undefined;

  function unit(part: Unit, nowMs: number): Part {
    const packet = readPacket(part.bytes);
    if (!packet) return part;
    const fromMs = part.atMs ?? packet.sendTime;
    if (last) carryOn(fromMs, nowMs, last);
    doubt = 'none';
    const objects = begun(packet, media);
    if (resumed) holdBack(fromMs, objects, resumed);
    const atMs = fromMs + deltaMs;
    note(atMs, nowMs, objects);
    if (deltaMs === 0) return part;
    const bytes = deltaMs % U32 === 0 ? part.bytes : retime(packet, deltaMs);
    return { ...part, bytes, atMs };
  }

  /** Moves the clock where this unit does not follow the last one by itself. */
  function carryOn(fromMs: number, nowMs: number, before: { atMs: number; nowMs: number }): void {
    const stepMs = fromMs + deltaMs - before.atMs;
    const dueMs = Math.max(Math.round(nowMs - before.nowMs), Math.round(usualMs));
    if (doubt === 'header') {
      const nearMs = stepMs | 0; // a new framing does not know how often the time has wrapped
      const sameClock = nearMs > 0 && Math.abs(nearMs - dueMs) <= SAME_CLOCK_MS;
      deltaMs += (sameClock ? nearMs : dueMs) - stepMs;
      if (!sameClock) resumed = new Set();
    } else if (stepMs < (doubt === 'gap' ? 0 : -JITTER_MS)) {
      deltaMs += dueMs - stepMs;
      resumed = new Set();
    }
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
    const stepMs = last ? atMs - last.atMs : 0;
    if (stepMs > 0 && stepMs <= MOST_INTERVAL_MS) usualMs += (stepMs - usualMs) / 8;
    last = { atMs: last && stepMs < 0 ? last.atMs : atMs, nowMs };
    for (const { stream, leadMs } of objects) {
      shownMs.set(stream, Math.max(shownMs.get(stream) ?? Number.NEGATIVE_INFINITY, atMs + leadMs));
    }
  }

  return {
    unit,
    doubt(more: Doubt): void {
      if (doubt !== 'header') doubt = more;
    },
  };
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
