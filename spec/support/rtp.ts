// A sender of RTP whose mishaps are counted: the same seed reorders, repeats and leaves out the same packets every time.

import { rtpHeader } from '../../src/datagrams/rtp.ts';
import { PACKET } from './ts-packet.ts';
import { ts } from './ts.ts';

/** Numbers from 0 to below 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  readonly sequence?: number;
  readonly ssrc?: number;
  readonly payloadType?: number;
  readonly timestamp?: number;
  /** from one to the next */
  readonly step?: number;
}

/** Each payload as a datagram; numbers go around. */
export function rtp(payloads: readonly Buffer[], shape: Shape = {}): Buffer[] {
  const { sequence = 65_500, ssrc = 0x1234_5678, payloadType = 33, timestamp = 0xffff_f000, step = 900 } = shape;
  return payloads.map((payload, n) => {
    const fields = { payloadType, marker: false, sequence: sequence + n, timestamp: timestamp + n * step, ssrc };
    return Buffer.concat([rtpHeader(fields), payload]);
  });
}

/** A transport stream of so many datagrams, seven packets in each as everybody sends them. */
export function payloadsOf(count: number): Buffer[] {
  const stream = ts().tables();
  for (let ms = 0; stream.packets.length < count * 7; ms += 1000) stream.second(ms);
  const { bytes } = stream;
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * 7 * PACKET, (n + 1) * 7 * PACKET));
}

export interface Mishaps {
  readonly lost?: number;
  readonly reordered?: number;
  readonly duplicates?: number;
}

export interface Troubled<T> {
  /** as it arrives */
  readonly come: readonly T[];
  readonly missing: readonly T[];
  /** how many come for the first time when a later one has come already */
  readonly behind: number;
}

/** At places that the seed chooses, never at the first nor among the last. Those out of order come a few places later. */
export function troubled<T>(
  sent: readonly T[],
  seed: number,
  { lost = 0, reordered = 0, duplicates = 0 }: Mishaps,
): Troubled<T> {
  const random = seeded(seed);
  const places = sent.map((_, n) => n).slice(1, -FURTHEST);
  const pick = (count: number) => {
    const picked = Array.from({ length: count }, () => places.splice(Math.floor(random() * places.length), 1)[0] ?? 0);
    return new Set(picked);
  };
  const [gone, late, twice] = [pick(lost), pick(reordered), pick(duplicates)];
  const timed = sent.flatMap((one, n) => {
    if (gone.has(n)) return [];
    const later = n + 1.5 + Math.floor(random() * (FURTHEST - 2));
    if (late.has(n)) return [{ one, n, at: later }];
    return twice.has(n)
      ? [
          { one, n, at: n },
          { one, n, at: later },
        ]
      : [{ one, n, at: n }];
  });
  const come = timed.toSorted((a, b) => a.at - b.at);
  let newest = -1;
  let behind = 0;
  const seen = new Set<number>();
  for (const { n } of come) {
    if (n < newest && !seen.has(n)) behind += 1;
    newest = Math.max(newest, n);
    seen.add(n);
  }
  return { come: come.map(({ one }) => one), missing: sent.filter((_, n) => gone.has(n)), behind };
}

/** So far behind comes what comes out of order. */
const FURTHEST = 10;
