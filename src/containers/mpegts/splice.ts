// Times, counters and versions carried on over an interruption or a loop: a source that comes back has begun them anew nearly always,
// and players stop at times that run backwards. What needs no changing passes untouched. No discontinuity is indicated
// (ISO/IEC 13818-1, 2.4.3.5): that is for clocks and counters that take a step, and here neither does.

import type { Part, Splice, Unit } from '../container.ts';
import { carriedOn } from './clock.ts';
import { counters } from './counters.ts';
import {
  counterOf,
  opcrAt,
  PACKET_BYTES,
  pcrAt,
  readReference,
  setCounter,
  TICKS_PER_MS,
  wrapped,
  writeReference,
} from './packet.ts';
import { type Pes, readPes, readStamp, writeStamp } from './pes.ts';
import { counted } from './sections.ts';
import { readHeader } from './tables.ts';
import { versions } from './versions.ts';

export function splice(): Splice {
  let header: Buffer | undefined;
  let layout = '';
  let hasResumed = false;
  const counter = counters();
  const version = versions();
  const clock = carriedOn();

  function takeHeader(part: Extract<Part, { kind: 'header' }>): Part {
    const { programs, layout: next } = readHeader(part.bytes);
    if (header) resume();
    clock.follow(programs[0]);
    const isOther = next !== layout;
    layout = next;
    if (header && isOther) header = version.change(header, part.bytes);
    header ??= part.bytes;
    return header === part.bytes ? part : { kind: 'header', bytes: header };
  }

  function resume(): void {
    hasResumed = true;
    counter.resume();
    clock.doubt();
  }

  function takeUnit(part: Unit, nowMs: number): Part {
    const lead = part.lead && hasResumed && header ? counted(header, (pid) => counter.last(pid)) : part.lead;
    let bytes: Buffer | undefined;
    let { atMs } = part;
    for (let at = 0; at + PACKET_BYTES <= part.bytes.length; at += PACKET_BYTES) {
      const pes = readPes(part.bytes, at);
      clock.take(part.bytes, at, pes, nowMs, part.atMs);
      // Where there are no references, the times that the framing tells have to be moved like the stamps that they are of.
      if (at === 0) atMs = clock.ms ?? (part.atMs === undefined ? undefined : part.atMs + msOf(clock.delta));
      const count = counter.next(part.bytes, at);
      const isTold = version.concerns(part.bytes, at);
      if (clock.delta === 0 && count === counterOf(part.bytes, at) && !isTold) continue;
      bytes ??= Buffer.from(part.bytes);
      setCounter(bytes, at, count);
      if (isTold) version.write(bytes, at);
      if (clock.delta !== 0) retime(bytes, at, pes, clock.delta);
    }
    if (!bytes && atMs === part.atMs && lead === part.lead) return part;
    return { ...part, bytes: bytes ?? part.bytes, ...(atMs !== undefined && { atMs }), ...(lead && { lead }) };
  }

  return (part, nowMs) => {
    if (part.kind === 'unit') return takeUnit(part, nowMs);
    if (part.kind === 'header') return takeHeader(part);
    if (part.kind === 'gap') resume();
    return part;
  };
}

const msOf = (ticks: number): number => Math.round(ticks / TICKS_PER_MS);

function retime(bytes: Buffer, at: number, pes: Pes | undefined, delta: number): void {
  for (const field of [pcrAt(bytes, at), opcrAt(bytes, at)]) {
    if (field >= 0) writeReference(bytes, field, wrapped(readReference(bytes, field) + delta));
  }
  for (const field of pes ? [pes.ptsAt, pes.dtsAt] : []) {
    if (field >= 0) writeStamp(bytes, field, wrapped(readStamp(bytes, field) + delta));
  }
}
