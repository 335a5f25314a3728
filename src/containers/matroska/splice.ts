// Cluster times carried on over an interruption or a loop: a source that comes back with the same tracks has begun its clock anew
// nearly always, and players stop at times that run backwards. What needs no shifting passes untouched.

import type { Part, Splice, Unit } from '../container.ts';
import { type Cluster, clusterHead, readCluster } from './cluster.ts';
import { type MatroskaHeader, readHeader } from './header.ts';

/** A source that goes on by its old clock within so much of the time that passed is left as it is: shifting it by what the
 *  network made of it would only make its clock drift, interruption by interruption. */
const SAME_CLOCK_MS = 2000;
/** Pictures are stored in the order of decoding, so times go back a little; farther back than this it is another clock. */
const JITTER_MS = 1000;
/** Pauses do not tell how far apart blocks usually are. */
const MOST_INTERVAL_MS = 1000;

/** What has to be asked of the next unit's time. */
type Doubt = 'none' | 'gap' | 'header';

export function splice(): Splice {
  let header: Buffer | undefined;
  let layout = '';
  let isRepeated = false;
  let clock: ReturnType<typeof carriedOn> | undefined;
  return (part, nowMs) => {
    if (part.kind === 'unit') return clock?.unit(part, nowMs) ?? part;
    if (part.kind === 'gap') clock?.doubt('gap');
    // What was left out of the header is told once, not again with every loop.
    if (part.kind === 'loss') return isRepeated && part.what === 'attachments' ? { ...part, count: 0 } : part;
    if (part.kind !== 'header') return part;
    const told = readHeader(part.bytes);
    isRepeated = header !== undefined && told.layout === layout;
    if (header && isRepeated) {
      clock?.doubt('header');
      return { kind: 'header', bytes: header };
    }
    header = part.bytes;
    layout = told.layout;
    clock = carriedOn(told);
    return part;
  };
}

/** The clock of what goes out under one header. Deltas and times of blocks are in ticks, which only the header tells the length
 *  of; the rest is milliseconds. */
function carriedOn({ tracks, scale }: MatroskaHeader) {
  const tickMs = scale / 1_000_000;
  const media = new Map(
    tracks.filter(({ kind }) => kind !== 'other').map(({ id }) => [id, shown(MOST_INTERVAL_MS / tickMs)]),
  );
  let doubt: Doubt = 'none';
  let delta = 0;
  let usualMs = 1;
  let last: { atMs: number; nowMs: number } | undefined;
  /** the tracks that came again since the clock was moved */
  let resumed: Set<number> | undefined;

  function unit(part: Unit, nowMs: number): Part {
    const cluster = readCluster(part.bytes);
    if (!cluster) return part;
    const fromMs = part.atMs ?? cluster.timestamp * tickMs;
    if (last) carryOn(fromMs, nowMs, last);
    doubt = 'none';
    if (resumed) holdBack(cluster, resumed);
    delta = Math.max(delta, -cluster.timestamp);
    const atMs = fromMs + delta * tickMs;
    note(atMs, nowMs, cluster);
    return delta === 0 ? part : { ...part, bytes: later(part.bytes, cluster, delta), atMs };
  }

  /** Moves the clock where this unit does not follow the last one by itself. */
  function carryOn(fromMs: number, nowMs: number, before: { atMs: number; nowMs: number }): void {
    const stepMs = fromMs + delta * tickMs - before.atMs;
    const dueMs = Math.max(nowMs - before.nowMs, usualMs);
    const sameClock = stepMs > 0 && Math.abs(stepMs - dueMs) <= SAME_CLOCK_MS;
    const follows = doubt === 'header' ? sameClock : stepMs >= (doubt === 'gap' ? 0 : -JITTER_MS);
    if (follows) return;
    delta += Math.ceil((dueMs - stepMs) / tickMs);
    resumed = new Set();
  }

  /** Nothing may be shown before what was shown already. All goes back together, so that sound and picture stay in step: by
   *  each track's own last time, or by the latest of all as long as a track is to come of which that is not known. */
  function holdBack({ timestamp, blocks }: Cluster, since: Set<number>): void {
    const begun = blocks.filter(({ track }) => media.has(track) && !since.has(track));
    const isFirst = since.size === 0;
    for (const { track } of begun) since.add(track);
    const latest = isFirst && since.size < media.size ? Math.max(...[...media.values()].map(({ next }) => next())) : 0;
    for (const { track, relative } of begun) {
      const floor = Math.max(latest, media.get(track)?.next() ?? 0);
      delta = Math.max(delta, Math.ceil(floor - timestamp - relative));
    }
  }

  function note(atMs: number, nowMs: number, { timestamp, blocks }: Cluster): void {
    const stepMs = last ? atMs - last.atMs : 0;
    if (stepMs > 0 && stepMs <= MOST_INTERVAL_MS) usualMs += (stepMs - usualMs) / 8;
    last = { atMs: last && stepMs < 0 ? last.atMs : atMs, nowMs };
    for (const { track, relative } of blocks) media.get(track)?.note(timestamp + relative + delta);
  }

  return {
    unit,
    doubt(more: Doubt): void {
      if (doubt !== 'header') doubt = more;
    },
  };
}

/** What was shown of one track: when something may be shown again. */
function shown(mostInterval: number) {
  let latest = Number.NEGATIVE_INFINITY;
  let before: number | undefined;
  let interval: number | undefined;
  return {
    note(at: number): void {
      const step = at - (before ?? at);
      // The mean of all steps is right in any order; one of them alone is not.
      if (step !== 0 && Math.abs(step) <= mostInterval)
        interval = interval === undefined ? Math.abs(step) : interval + (step - interval) / 32;
      before = at;
      latest = Math.max(latest, at);
    },
    next: (): number => latest + Math.max(1, interval ?? 1),
  };
}

function later(bytes: Buffer, { timestamp, at }: Cluster, delta: number): Buffer {
  const blocks = bytes.subarray(at);
  return Buffer.concat([clusterHead(timestamp + delta, blocks.length), blocks]);
}
