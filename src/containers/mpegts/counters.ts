// Continuity counters carried on: what comes anew begins to count anywhere, and players take a step for a loss
// (ISO/IEC 13818-1, 2.4.3.3).

import { counterOf, hasPayload, NULL_PID, PIDS, pidOf } from './packet.ts';

const UNKNOWN = 0xff;

export interface Counters {
  /** What the packet that stands at `at` has to be counted as. */
  next(bytes: Buffer, at: number): number;
  /** what a PID was counted to last */
  last(pid: number): number | undefined;
  /** Each PID goes on with the number that is due, whatever comes. */
  resume(): void;
}

export function counters(): Counters {
  const last = new Uint8Array(PIDS).fill(UNKNOWN);
  const shifts = new Uint8Array(PIDS);
  let resumed = new Uint8Array(PIDS);
  return {
    next(bytes, at) {
      const pid = pidOf(bytes, at);
      const told = counterOf(bytes, at);
      if (pid === NULL_PID) return told;
      if (resumed[pid] === 0) {
        resumed[pid] = 1;
        const before = last[pid] ?? UNKNOWN;
        const due = before === UNKNOWN ? told : before + (hasPayload(bytes, at) ? 1 : 0);
        shifts[pid] = due - told;
      }
      return (last[pid] = (told + (shifts[pid] ?? 0)) & 0x0f);
    },
    last(pid) {
      const counter = last[pid] ?? UNKNOWN;
      return counter === UNKNOWN ? undefined : counter;
    },
    resume() {
      resumed = new Uint8Array(PIDS);
    },
  };
}
