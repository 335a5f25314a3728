// What an operator asks of a transport stream (after ETSI TR 101 290, as far as it can be seen from outside): which PIDs at what rate,
// counters that step, what is scrambled or only stuffing, and how evenly the clock comes. Over the last few seconds, and in all.

import type { Examination, Part, Report } from '../container.ts';
import { continuity } from './continuity.ts';
import {
  ahead,
  isScrambled,
  NULL_PID,
  PACKET_BYTES,
  pcrAt,
  pidOf,
  PIDS,
  readReference,
  TICKS_PER_MS,
} from './packet.ts';
import { readHeader } from './tables.ts';

const SPAN_MS = 5000;
/** So many PIDs are in no real stream, and a hostile one must not make status answers long. */
const MOST_PIDS = 256;
const known: Readonly<Record<number, string>> = {
  0x0000: 'PAT',
  0x0001: 'CAT',
  0x0010: 'NIT',
  0x0011: 'SDT',
  0x0012: 'EIT',
  0x0014: 'TDT',
  [NULL_PID]: 'stuffing',
};

interface Span {
  readonly sinceMs: number;
  readonly packets: Uint32Array;
  /** how late references came, by the pump's clock less the stream's: least and most */
  least: number;
  most: number;
  /** the longest time from one reference to the next, in ticks */
  gap: number;
}

const spanFrom = (sinceMs: number): Span => ({
  sinceMs,
  packets: new Uint32Array(PIDS),
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
  gap: 0,
});

export function examine(): Examination {
  const order = continuity();
  const errors = new Uint32Array(PIDS);
  const scrambled = new Uint32Array(PIDS);
  const names = new Map<number, string>();
  let pcrPid: number | undefined;
  let reference: number | undefined;
  /** the stream's time, which goes on over wraps */
  let ticks = 0;
  let span: Span | undefined;
  let last: { readonly span: Span; readonly ms: number } | undefined;

  function takeHeader(header: Buffer): void {
    const { programs } = readHeader(header);
    names.clear();
    for (let at = 0; at < header.length; at += PACKET_BYTES) names.set(pidOf(header, at), 'PMT');
    for (const { tracks } of programs) for (const { id, codec } of tracks) names.set(id, codec);
    pcrPid = programs[0]?.pcrPid;
    reference = undefined;
  }

  function takePacket(bytes: Buffer, at: number, nowMs: number, of: Span): void {
    const pid = pidOf(bytes, at);
    of.packets[pid]! += 1;
    if (pid === NULL_PID) return;
    if (order.check(pid, bytes, at) === 'broken') errors[pid]! += 1;
    if (isScrambled(bytes, at)) scrambled[pid]! += 1;
    const referenceAt = pid === pcrPid ? pcrAt(bytes, at) : -1;
    if (referenceAt >= 0) takeReference(readReference(bytes, referenceAt), nowMs, of);
  }

  function takeReference(next: number, nowMs: number, of: Span): void {
    const step = ahead(next, reference ?? next);
    ticks += step;
    reference = next;
    of.gap = Math.max(of.gap, step);
    const late = nowMs - ticks / TICKS_PER_MS;
    of.least = Math.min(of.least, late);
    of.most = Math.max(of.most, late);
  }

  function report(): Report {
    if (!last) return { streams: [] };
    const { ms, span: of } = last;
    const present = Array.from(of.packets.keys()).filter((pid) => of.packets[pid] !== 0 || errors[pid] !== 0);
    return {
      ...(of.most >= of.least && { clockJitterMs: Math.round(of.most - of.least) }),
      ...(of.gap > 0 && { clockGapMs: Math.round(of.gap / TICKS_PER_MS) }),
      streams: present.slice(0, MOST_PIDS).map((pid) => ({
        id: pid,
        what: known[pid] ?? names.get(pid) ?? 'unknown',
        bitrate: Math.round(((of.packets[pid] ?? 0) * PACKET_BYTES * 8000) / ms),
        ...(errors[pid] !== 0 && { errors: errors[pid] }),
        ...(scrambled[pid] !== 0 && { scrambled: scrambled[pid] }),
      })),
    };
  }

  return {
    take(part: Part, nowMs: number): void {
      if (part.kind === 'header') takeHeader(part.bytes);
      if (part.kind !== 'unit') return;
      span ??= spanFrom(nowMs);
      const ms = nowMs - span.sinceMs;
      if (ms >= SPAN_MS) {
        last = { span, ms };
        span = spanFrom(nowMs);
      }
      for (let at = 0; at + PACKET_BYTES <= part.bytes.length; at += PACKET_BYTES)
        takePacket(part.bytes, at, nowMs, span);
    },
    report,
  };
}
