// What an operator asks of a transport stream: which PIDs at what rate, counters that step, what is scrambled or only stuffing, how evenly
// the clock comes, errors by kind, services by name. Over the last few seconds, and in all.

import type { Part } from '../container.ts';
import type { Examination, Report, Service } from '../examination.ts';
import { continuity } from './continuity.ts';
import { faults } from './faults.ts';
import { isScrambled, NULL_PID, PACKET_BYTES, pcrAt, pidOf, PIDS } from './packet.ts';
import { type References, references } from './reference.ts';
import { readServices, SDT_PID } from './services.ts';
import { readHeader } from './tables.ts';

const SPAN_MS = 5000;
/** Less does not tell what a rate is. */
const LEAST_SPAN_MS = 1000;
/** So many PIDs are in no real stream, and a hostile one must not make status answers long. */
const MOST_PIDS = 256;
const MOST_SERVICES = 256;
const tables: Readonly<Record<number, string>> = {
  0x0000: 'PAT',
  0x0001: 'CAT',
  0x0010: 'NIT',
  0x0011: 'SDT',
  0x0012: 'EIT',
  0x0014: 'TDT',
  [NULL_PID]: 'stuffing',
};

interface Span {
  /** on the stream's own clock: what came at once, or of a file, has its rate all the same */
  readonly sinceMs: number;
  readonly packets: Uint32Array;
}

type Measured = Pick<Report, 'clockJitterMs' | 'clockGapMs' | 'clockOffNs'>;

export function examine(spanMs = SPAN_MS): Examination {
  const order = continuity();
  const errors = new Uint32Array(PIDS);
  const scrambled = new Uint32Array(PIDS);
  const names = new Map<number, string>();
  const services = new Map<number, Service>();
  const found = faults();
  const clock = references(found);
  let known: Buffer = Buffer.alloc(0);
  let pcrPid: number | undefined;
  let place = 0;
  let span: Span | undefined;
  let nowMs = 0;
  let lainMs = 0;
  let last: { readonly span: Span; readonly ms: number; readonly clock: Measured } | undefined;

  function takeHeader(header: Buffer): void {
    const { programs } = readHeader(header);
    const pmts = new Set<number>();
    for (let at = PACKET_BYTES; at < header.length; at += PACKET_BYTES) pmts.add(pidOf(header, at));
    names.clear();
    if (!header.equals(known)) services.clear(); // a loop, or the same encoder again, has those that it had
    known = header;
    for (const pid of pmts) names.set(pid, 'PMT');
    for (const { tracks } of programs) for (const { id, codec } of tracks) names.set(id, codec);
    pcrPid = programs[0]?.pcrPid;
    clock.forget();
    found.begin(programs, [...pmts]);
  }

  function takePacket(bytes: Buffer, at: number, of: Span): void {
    const pid = pidOf(bytes, at);
    of.packets[pid]! += 1;
    place += 1;
    if (pid === NULL_PID) return;
    if (order.check(pid, bytes, at) === 'broken') {
      errors[pid]! += 1;
      found.count('continuity');
      clock.spread.place.forget();
    }
    if (isScrambled(bytes, at)) scrambled[pid]! += 1;
    for (const section of found.take(bytes, at, pid)) if (pid === SDT_PID) takeServices(section);
    const referenceAt = pid === pcrPid ? pcrAt(bytes, at) : -1;
    if (referenceAt >= 0) clock.take(bytes, at, referenceAt, place, nowMs, lainMs);
  }

  function takeServices(section: Buffer): void {
    for (const service of readServices(section))
      if (services.size < MOST_SERVICES || services.has(service.id)) services.set(service.id, service);
  }

  function takeUnit(bytes: Buffer): void {
    clock.pass(nowMs);
    span ??= { sinceMs: clock.ms, packets: new Uint32Array(PIDS) };
    const ms = clock.ms - span.sinceMs;
    if (ms >= spanMs) {
      last = { span, ms, clock: measured(clock) };
      const off = clock.turn().place.measure();
      if (off && off.errors > 0) found.count('PCR accuracy', off.errors);
      span = { sinceMs: clock.ms, packets: new Uint32Array(PIDS) };
    }
    for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) takePacket(bytes, at, span);
  }

  function current(): typeof last {
    const ms = span ? clock.ms - span.sinceMs : 0;
    return span && ms >= LEAST_SPAN_MS ? { span, ms, clock: measured(clock) } : undefined;
  }

  function report(): Report {
    const { span: of, ms = 0, clock: told } = last ?? current() ?? {};
    const present = of ? Array.from(of.packets.keys()).filter((pid) => of.packets[pid] !== 0 || errors[pid] !== 0) : [];
    return {
      ...told,
      ...(Object.keys(found.counts).length > 0 && { errors: { ...found.counts } }),
      ...(services.size > 0 && { services: [...services.values()] }),
      streams: present.slice(0, MOST_PIDS).map((pid) => ({
        id: pid,
        what: tables[pid] ?? names.get(pid) ?? 'unknown',
        bitrate: Math.round(((of?.packets[pid] ?? 0) * PACKET_BYTES * 8000) / ms),
        ...(errors[pid] !== 0 && { errors: errors[pid] }),
        ...(scrambled[pid] !== 0 && { scrambled: scrambled[pid] }),
      })),
    };
  }

  return {
    take(part: Part, atMs: number, before = 0): void {
      nowMs = atMs;
      lainMs = before;
      if (part.kind === 'unit') return takeUnit(part.bytes);
      if (part.kind === 'header') return takeHeader(part.bytes);
      clock.spread.place.forget();
      if (part.kind === 'loss') return found.missed(part.what, part.count);
      clock.forget();
      found.pause();
    },
    report,
  };
}

function measured({ spread: { jitterMs, gapMs, place } }: References): Measured {
  const off = place.measure();
  return {
    ...(jitterMs !== undefined && { clockJitterMs: Math.round(jitterMs) }),
    ...(gapMs > 0 && { clockGapMs: Math.round(gapMs) }),
    ...(off && { clockOffNs: off.offNs }),
  };
}
