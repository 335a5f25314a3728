// Errors by the names that operators know: the first and second priority of ETSI TR 101 290 (5.2), as far as they can be seen without
// decoding anything. Times are the stream's own, so that a network which hands it over unevenly makes no errors.

import type { Loss } from '../container.ts';
import { isScrambled, isStart, PACKET_BYTES, payloadAt, PIDS } from './packet.ts';
import { readPes } from './pes.ts';
import { type Sections, sections } from './sections.ts';
import { SDT_PID } from './services.ts';
import { PAT_PID, type Program } from './tables.ts';

type Fault =
  | 'sync loss'
  | 'sync byte'
  | 'PAT'
  | 'continuity'
  | 'PMT'
  | 'PID'
  | 'transport'
  | 'CRC'
  | 'PCR repetition'
  | 'PCR discontinuity'
  | 'PCR accuracy'
  | 'PTS'
  | 'CAT';

/** What the framing noticed. */
const byLoss: Partial<Record<Loss, { readonly fault: Fault; readonly isOne?: boolean }>> = {
  bytes: { fault: 'sync loss', isOne: true },
  'sync errors': { fault: 'sync byte' },
  'transport errors': { fault: 'transport' },
};

const CAT_PID = 1;
const NIT_PID = 0x10;
const CAT_TABLE = 1;
/** Longest times between two: 1.3.a, 1.5.a, 1.6 (where the period is for us to choose), 2.5; EN 300 468 has ten seconds for a CAT. */
const TABLE_MS = 500;
const PID_MS = 5000;
const STAMP_MS = 700;
const CAT_MS = 10_000;
/** so long after a scrambled packet the stream counts as scrambled */
const SCRAMBLED_MS = 1000;
/** How often it is looked for what does not come. */
const LOOK_MS = 50;

/** What this PID is to us. */
const NOTHING = 0;
const TABLE = 1;
const MEDIA = 2;

interface Due {
  readonly pid: number;
  readonly fault: Fault;
  readonly mostMs: number;
  /** when each PID was last there, in whatever way is meant */
  readonly seen: Float64Array;
}

export interface Faults {
  readonly counts: Readonly<Record<string, number>>;
  count(fault: Fault, count?: number): void;
  missed(what: Loss, count: number): void;
  /** Other tables: nothing of what came before is waited for. */
  begin(programs: readonly Program[], pmtPids: readonly number[]): void;
  /** nothing came for a while, and nobody is surprised */
  pause(): void;
  /** Gives the sections that this packet completes, if it is of a table. */
  take(bytes: Buffer, at: number, pid: number): readonly Buffer[];
  /** The stream's time goes on. */
  pass(ms: number): void;
}

const NONE: readonly Buffer[] = [];

export function faults(): Faults {
  const counts: Partial<Record<Fault, number>> = {};
  const roles = new Uint8Array(PIDS);
  const tables = new Map<number, Sections>();
  const came = new Float64Array(PIDS);
  const stamped = new Float64Array(PIDS);
  let pmts: readonly number[] = [];
  let due: Due[] = [];
  let nowMs = 0;
  let lookedAtMs = 0;
  let scrambledAtMs = Number.NEGATIVE_INFINITY;

  function count(fault: Fault, times = 1): void {
    counts[fault] = (counts[fault] ?? 0) + times;
  }

  function begin(programs: readonly Program[], pmtPids: readonly number[]): void {
    const media = programs.flatMap(({ tracks }) => tracks.filter(({ kind }) => kind !== 'other').map(({ id }) => id));
    pmts = pmtPids;
    roles.fill(NOTHING);
    tables.clear();
    for (const pid of media) roles[pid] = MEDIA;
    for (const pid of [PAT_PID, CAT_PID, NIT_PID, SDT_PID, ...pmtPids]) {
      roles[pid] = TABLE;
      tables.set(
        pid,
        sections(() => count('CRC')),
      );
    }
    due = [
      { pid: PAT_PID, fault: 'PAT', mostMs: TABLE_MS, seen: came },
      ...pmtPids.map((pid): Due => ({ pid, fault: 'PMT', mostMs: TABLE_MS, seen: came })),
      ...media.map((pid): Due => ({ pid, fault: 'PID', mostMs: PID_MS, seen: came })),
      ...media.map((pid): Due => ({ pid, fault: 'PTS', mostMs: STAMP_MS, seen: stamped })),
    ];
    pause();
  }

  function pause(): void {
    came.fill(nowMs);
    stamped.fill(nowMs);
    scrambledAtMs = Number.NEGATIVE_INFINITY;
  }

  function take(bytes: Buffer, at: number, pid: number): readonly Buffer[] {
    came[pid] = nowMs;
    if (isScrambled(bytes, at)) scrambled(pid);
    else if (roles[pid] === TABLE) return takeTable(bytes, at, pid);
    else if (roles[pid] === MEDIA && isStart(bytes, at) && (readPes(bytes, at)?.ptsAt ?? -1) >= 0) stamped[pid] = nowMs;
    return NONE;
  }

  /** Nobody sees stamps in what is scrambled; tables never may be. */
  function scrambled(pid: number): void {
    if (pid === PAT_PID) count('PAT');
    else if (pmts.includes(pid)) count('PMT');
    if (scrambledAtMs < nowMs - SCRAMBLED_MS) came[CAT_PID] = Math.max(came[CAT_PID] ?? 0, nowMs);
    scrambledAtMs = nowMs;
    stamped[pid] = nowMs;
  }

  function takeTable(bytes: Buffer, at: number, pid: number): readonly Buffer[] {
    if (payloadAt(bytes, at) < 0) return NONE;
    const found = tables.get(pid)?.take(bytes.subarray(at, at + PACKET_BYTES)) ?? NONE;
    for (const { 0: table } of found) {
      if (pid === PAT_PID && table !== 0) count('PAT');
      if (pid === CAT_PID && table !== CAT_TABLE) count('CAT');
    }
    return found;
  }

  /** What does not come is counted each time that it is overdue again. */
  function look(): void {
    for (const { pid, fault, mostMs, seen } of due) overdue(pid, fault, mostMs, seen);
    if (nowMs - scrambledAtMs < SCRAMBLED_MS) overdue(CAT_PID, 'CAT', CAT_MS, came);
  }

  function overdue(pid: number, fault: Fault, mostMs: number, seen: Float64Array): void {
    if (nowMs - (seen[pid] ?? 0) <= mostMs) return;
    count(fault);
    seen[pid] = nowMs;
  }

  return {
    counts,
    count,
    missed(what, times) {
      const told = byLoss[what];
      if (told) count(told.fault, told.isOne ? 1 : times);
    },
    begin,
    pause,
    take,
    pass(ms) {
      nowMs = ms;
      if (ms - lookedAtMs < LOOK_MS) return;
      lookedAtMs = ms;
      look();
    },
  };
}
