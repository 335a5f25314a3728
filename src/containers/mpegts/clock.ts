// The clock of a stream that goes out: by how much what comes in is moved, so that it goes on over interruptions. Everything here is
// in ticks of 90 kHz that wrap.

import { JITTER_MS, MOST_INTERVAL_MS, SAME_CLOCK_MS } from '../splicing.ts';
import { ahead, pcrAt, pidOf, readReference, TICKS_PER_MS, WRAP, wrapped } from './packet.ts';
import { type Pes, readStamp } from './pes.ts';
import { type Moment, type Shown, shown, type Stamps } from './shown.ts';
import type { Program } from './tables.ts';

const SAME_CLOCK_TICKS = SAME_CLOCK_MS * TICKS_PER_MS;
const JITTER_TICKS = JITTER_MS * TICKS_PER_MS;
const MOST_INTERVAL_TICKS = MOST_INTERVAL_MS * TICKS_PER_MS;

/** 'doubted': what comes next may have another clock. 'moved': by a stamp, and the reference is still to come. */
type State = 'sure' | 'doubted' | 'moved';

export interface OutgoingClock {
  /** what has to be added */
  readonly delta: number;
  /** the last reference as it went out, in milliseconds that never wrap */
  readonly ms: number | undefined;
  /** Takes note of a packet, and moves the clock where it does not follow by itself. `atMs`: the time of its unit, which tells
   *  how often the clock has wrapped. */
  take(bytes: Buffer, at: number, pes: Pes | undefined, nowMs: number, atMs: number | undefined): void;
  /** What comes next may have another clock. */
  doubt(): void;
  /** The first program's clock is the one that counts: the others of a multiplex are moved with it. */
  follow(program: Program | undefined): void;
}

export function carriedOn(): OutgoingClock {
  let pcrPid: number | undefined;
  /** pictures and sounds, by PID */
  let media = new Map<number, Shown>();
  let delta = 0;
  let state: State = 'sure';
  /** the last reference as it went out */
  let last: Moment | undefined;
  let usual = 1;
  let total = 0;
  /** Since the clock was moved: the streams that came again, and when the latest of all that came before is over. */
  let resumed: { readonly pids: Set<number>; readonly floor: number | undefined } | undefined;
  /** when that will be, before the streams are others */
  let floor: number | undefined;

  /** Moves the clock so that `ticks` follow what came before them. */
  function carryOn(ticks: number, before: Moment, nowMs: number): void {
    const step = ahead(ticks + delta, before.ticks);
    const due = Math.max(Math.round((nowMs - before.nowMs) * TICKS_PER_MS), Math.ceil(usual));
    if (state === 'doubted' && step > 0 && Math.abs(step - due) <= SAME_CLOCK_TICKS) return;
    delta += due - step;
    resumed = { pids: new Set(), floor: floor ?? latest(media) };
  }

  function takeReference(ticks: number, nowMs: number): void {
    const step = last && ahead(ticks + delta, last.ticks);
    if (last && step !== undefined) {
      if (state === 'moved' && step <= 0) delta += Math.ceil(usual) - step;
      else if (state === 'doubted' || step < -JITTER_TICKS) carryOn(ticks, last, nowMs);
    }
    state = 'sure';
  }

  function takeStamps(pid: number, track: Shown, { decoded, shown }: Stamps, nowMs: number): void {
    if (state === 'doubted' && track.last) {
      carryOn(decoded, track.last, nowMs);
      state = 'moved';
    }
    if (resumed) holdBack(pid, track, { decoded, shown }, resumed);
    track.note({ decoded: wrapped(decoded + delta), shown: wrapped(shown + delta) }, nowMs);
  }

  /** Nothing may be shown before what was shown already. All goes back together, so that sound and picture stay in step: at
   *  first by the latest of all streams, then by each one's own. */
  function holdBack(pid: number, { next }: Shown, stamps: Stamps, since: NonNullable<typeof resumed>): void {
    if (since.pids.has(pid)) return;
    const until = since.pids.size === 0 ? since.floor : next?.shown;
    const late = until === undefined ? 0 : ahead(until, stamps.shown + delta);
    delta += Math.max(0, late, next ? ahead(next.decoded, stamps.decoded + delta) : 0);
    since.pids.add(pid);
    if (since.pids.size >= media.size) resumed = floor = undefined;
  }

  function note(ticks: number, nowMs: number, atMs: number): void {
    const step = last ? ahead(ticks, last.ticks) : 0;
    if (step > 0 && step <= MOST_INTERVAL_TICKS) usual += (step - usual) / 8;
    total = last ? total + step : ticks + WRAP * Math.round((atMs * TICKS_PER_MS - ticks) / WRAP);
    last = { ticks, nowMs };
  }

  return {
    get delta() {
      return delta;
    },
    get ms() {
      return last && Math.round(total / TICKS_PER_MS);
    },
    take(bytes, at, pes, nowMs, atMs = 0) {
      const pid = pidOf(bytes, at);
      const referenceAt = pid === pcrPid ? pcrAt(bytes, at) : -1;
      if (referenceAt >= 0) takeReference(readReference(bytes, referenceAt), nowMs);
      const track = pes && pes.ptsAt >= 0 ? media.get(pid) : undefined;
      if (pes && track) takeStamps(pid, track, stampsOf(bytes, pes), nowMs);
      if (referenceAt >= 0) note(wrapped(readReference(bytes, referenceAt) + delta), nowMs, atMs);
    },
    doubt() {
      state = 'doubted';
      floor = latest(media);
    },
    follow(program) {
      pcrPid = program?.pcrPid;
      const tracks = program?.tracks.filter(({ kind }) => kind !== 'other') ?? [];
      media = new Map(tracks.map(({ id }) => [id, media.get(id) ?? shown()]));
    },
  };
}

function stampsOf(bytes: Buffer, { ptsAt, dtsAt }: Pes): Stamps {
  const shown = readStamp(bytes, ptsAt);
  return { shown, decoded: dtsAt < 0 ? shown : readStamp(bytes, dtsAt) };
}

/** When all of them are over. */
function latest(media: ReadonlyMap<number, Shown>): number | undefined {
  let most: number | undefined;
  for (const { next } of media.values()) {
    if (next && (most === undefined || ahead(next.shown, most) > 0)) most = next.shown;
  }
  return most;
}
