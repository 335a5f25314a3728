// Cluster times carried on over an interruption or a loop. What needs no shifting passes untouched.

import type { Part, Splice, Unit } from '../container.ts';
import { MOST_INTERVAL_MS, type Outgoing, rhythm, spliced } from '../splicing.ts';
import { type Cluster, clusterHead, readCluster } from './cluster.ts';
import { type MatroskaHeader, readHeader } from './header.ts';

export function splice(): Splice {
  const carry = spliced(readHeader, carriedOn);
  let isRepeated = false;
  return (part, nowMs) => {
    // What was left out of the header is told once, not again with every loop.
    if (part.kind === 'loss' && part.what === 'attachments' && isRepeated) return { ...part, count: 0 };
    const carried = carry(part, nowMs);
    if (part.kind === 'header') isRepeated = carried !== part;
    return carried;
  };
}

/** Deltas and times of blocks are in ticks, which only the header tells the length of; the rest is milliseconds. */
function carriedOn({ tracks, scale }: MatroskaHeader): Outgoing {
  const tickMs = scale / 1_000_000;
  const media = new Map(
    tracks.filter(({ kind }) => kind !== 'other').map(({ id }) => [id, shown(MOST_INTERVAL_MS / tickMs)]),
  );
  const sent = rhythm();
  let delta = 0;
  /** the tracks that came again since the clock was moved */
  let resumed: Set<number> | undefined;

  function unit(part: Unit, nowMs: number): Part {
    const cluster = readCluster(part.bytes);
    if (!cluster) return part;
    const fromMs = part.atMs ?? cluster.timestamp * tickMs;
    carryOn(fromMs, nowMs);
    if (resumed) holdBack(cluster, resumed);
    delta = Math.max(delta, -cluster.timestamp);
    const atMs = fromMs + delta * tickMs;
    note(atMs, nowMs, cluster);
    return delta === 0 ? part : { ...part, bytes: later(part.bytes, cluster, delta), atMs };
  }

  /** Moves the clock where this unit does not follow the last one by itself. */
  function carryOn(fromMs: number, nowMs: number): void {
    const stepMs = fromMs + delta * tickMs - (sent.atMs ?? fromMs);
    const dueMs = sent.due(stepMs, nowMs);
    if (dueMs === undefined) return;
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
    sent.note(atMs, nowMs);
    for (const { track, relative } of blocks) media.get(track)?.note(timestamp + relative + delta);
  }

  return { unit, rhythm: sent };
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
