// Packets that are missing, told by their counters (ISO/IEC 13818-1, 2.4.3.3): each PID has its own, which goes on with every
// packet that has a payload.

import { counterOf, hasPayload, isDiscontinuity, PIDS } from './packet.ts';

const UNKNOWN = 0xff;
/** beside a counter: this packet was the second of its kind already */
const REPEATED = 0x10;

/** 'repeated': once, any packet may be sent again. */
export type Continuity = 'continued' | 'repeated' | 'broken';

export function continuity() {
  const counters = new Uint8Array(PIDS).fill(UNKNOWN);
  return {
    check(pid: number, bytes: Buffer, at = 0): Continuity {
      if (!hasPayload(bytes, at)) return 'continued';
      const last = counters[pid] ?? UNKNOWN;
      const counter = counterOf(bytes, at);
      counters[pid] = counter;
      if (counter === ((last + 1) & 0x0f) || last === UNKNOWN || isDiscontinuity(bytes, at)) return 'continued';
      if (last !== counter) return 'broken';
      counters[pid] = counter | REPEATED;
      return 'repeated';
    },
    last(pid: number): number | undefined {
      const last = counters[pid] ?? UNKNOWN;
      return last === UNKNOWN ? undefined : last & 0x0f;
    },
  };
}
