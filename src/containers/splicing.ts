// What splices have in common. An encoder that comes back has nearly always begun its clock anew, and players stop at times that run
// backwards. So two questions: is what comes by another clock, and if so, when is it due by the old one?

import type { Part, Splice, Unit } from './container.ts';

/** A source that goes on by its old clock within so much of the time that passed is left as it is: shifting it by what the
 *  network made of it would only make its clock drift, interruption by interruption. */
export const SAME_CLOCK_MS = 2000;
/** What is sent goes back a little: packets out of order, pictures in the order of decoding. Farther back it is another clock. */
export const JITTER_MS = 1000;
/** Pauses do not tell how far apart things usually are. */
export const MOST_INTERVAL_MS = 1000;

/** What has to be asked of the next unit's time. */
type Doubt = 'none' | 'gap' | 'header';

export interface Rhythm {
  /** when the newest unit goes out on the stream's own clock; undefined: none did yet */
  readonly atMs: number | undefined;
  /** What comes next may have another clock. */
  doubt(more: Doubt): void;
  /** By its own time a unit comes `stepMs` after the newest. Undefined: so it may; otherwise how long after the newest it is due. */
  due(stepMs: number, nowMs: number): number | undefined;
  /** A unit goes out at this time. */
  note(atMs: number, nowMs: number): void;
}

export function rhythm(): Rhythm {
  let doubt: Doubt = 'none';
  let usualMs = 1;
  let last: { readonly atMs: number; readonly nowMs: number } | undefined;
  return {
    get atMs() {
      return last?.atMs;
    },
    doubt(more) {
      if (doubt !== 'header') doubt = more;
    },
    due(stepMs, nowMs) {
      const asked = doubt;
      doubt = 'none';
      if (!last) return undefined;
      const dueMs = Math.max(nowMs - last.nowMs, usualMs);
      const isSame = stepMs > 0 && Math.abs(stepMs - dueMs) <= SAME_CLOCK_MS;
      const follows = asked === 'header' ? isSame : stepMs >= (asked === 'gap' ? 0 : -JITTER_MS);
      return follows ? undefined : dueMs;
    },
    note(atMs, nowMs) {
      const stepMs = last ? atMs - last.atMs : 0;
      if (stepMs > 0 && stepMs <= MOST_INTERVAL_MS) usualMs += (stepMs - usualMs) / 8;
      last = { atMs: last && stepMs < 0 ? last.atMs : atMs, nowMs };
    },
  };
}

/** The clock of what goes out under one header. */
export interface Outgoing {
  unit(part: Unit, nowMs: number): Part;
  readonly rhythm: Rhythm;
}

/** `read` tells a header's layout: what has the same goes on under the first header. */
export function spliced<Told extends { readonly layout: string }>(
  read: (header: Buffer) => Told,
  outgoing: (told: Told) => Outgoing,
): Splice {
  let before: { readonly header: Buffer; readonly layout: string; readonly out: Outgoing } | undefined;
  return (part, nowMs) => {
    if (part.kind === 'unit') return before?.out.unit(part, nowMs) ?? part;
    if (part.kind === 'gap') before?.out.rhythm.doubt('gap');
    if (part.kind !== 'header') return part;
    const told = read(part.bytes);
    if (before?.layout === told.layout) {
      before.out.rhythm.doubt('header');
      return { kind: 'header', bytes: before.header };
    }
    before = { header: part.bytes, layout: told.layout, out: outgoing(told) };
    return part;
  };
}
