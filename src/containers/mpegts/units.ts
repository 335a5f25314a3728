// From packets to parts. Units are packets side by side, since a unit for each would cost viewers more than its bytes do. They end
// where anything begins, at so many packets, and where nothing more has come for now.

import { PumpError } from '../../errors.ts';
import type { Part } from '../container.ts';
import { asOne } from '../side-by-side.ts';
import { beginnings } from './beginnings.ts';
import { continuity } from './continuity.ts';
import { ahead, isBroken, isReserved, isStart, NULL_PID, pcrAt, pidOf, readReference, TICKS_PER_MS } from './packet.ts';
import { readPes, readStamp } from './pes.ts';
import { counted } from './sections.ts';
import { reader, type Tables } from './tables.ts';

/** 3 KB: what a unit costs beside its bytes is then hardly seen, and at 1 Mbit/s it is full in 24 ms. */
const MOST_PACKETS = 16;
/** What comes before the first place to begin is of use to nobody; a stream that has none begins after so much all the same. */
const MOST_LEADING_MS = 10_000;
const MOST_LEADING_PACKETS = 16_384;
/** Tables come several times a second: 12 MB without them are no stream that anybody can play. */
const MOST_UNTOLD_PACKETS = 65_536;
/** A step of the clock up to here may be a wrap of its counter; farther it is another clock. */
const HOUR_TICKS = 3_600_000 * TICKS_PER_MS;
const NOTHING = Buffer.alloc(0);

export interface Units {
  take(packet: Buffer, out: Part[]): void;
  /** Nothing more comes for now. */
  pause(out: Part[]): void;
  /** Nothing more comes. */
  end(out: Part[]): void;
}

export function units(): Units {
  const order = continuity();
  const tables = reader();
  let places = beginnings(undefined);
  let clock = clockOf(undefined, undefined);
  /** what came since the tables did, as long as nobody could have begun yet; undefined: somebody could */
  let leading: { packets: number; sinceMs: number | undefined } | undefined = { packets: 0, sinceMs: undefined };
  let isTold = false;
  let untold = 0;
  /** the unit that is being collected */
  let group: Buffer[] = [];
  let join = false;
  let atMs: number | undefined;
  let header: Buffer = NOTHING;
  let lead: Buffer | undefined;

  function take(packet: Buffer, out: Part[]): void {
    if (isBroken(packet)) return void out.push({ kind: 'loss', what: 'transport errors', count: 1 });
    if (isReserved(packet)) return void out.push({ kind: 'loss', what: 'packets', count: 1 });
    const pid = pidOf(packet);
    const following = pid === NULL_PID ? 'continued' : order.check(pid, packet);
    if (following === 'broken') out.push({ kind: 'loss', what: 'continuity errors', count: 1 });
    // A piece of a section must not be taken twice; its beginning may.
    const isNew = following !== 'repeated' || isStart(packet);
    const told = isNew && tables.isTable(pid) ? tables.take(packet) : undefined;
    if (told) return begin(told, out);
    if (isTold) collect(packet, pid, out);
    else if (++untold > MOST_UNTOLD_PACKETS) throw untellable();
  }

  /** These packets do not become a unit: the header has what they say. */
  function begin({ programs, header: next }: Tables, out: Part[]): void {
    flush(out);
    header = next;
    out.push({ kind: 'header', bytes: header });
    places = beginnings(programs[0]);
    clock = clockOf(programs[0]?.pcrPid, places.pid);
    leading = { packets: 0, sinceMs: undefined };
    isTold = true;
  }

  function collect(packet: Buffer, pid: number, out: Part[]): void {
    const mayBegin = pid === places.pid;
    if (isStart(packet) && (mayBegin || !places.isOpen)) flush(out);
    const nowMs = clock(packet, pid);
    if (group.length === 0) {
      atMs = nowMs;
      join = mayBegin && isStart(packet) && places.begin(packet);
      lead = join || places.isOpen ? counted(header, (of) => order.last(of)) : undefined;
    } else if (mayBegin && places.isOpen) join = places.goOn(packet);
    group.push(packet);
    if (group.length === MOST_PACKETS) flush(out);
  }

  /** Whether a picture may be begun with is still to be seen: it waits for that. */
  function pause(out: Part[]): void {
    if (!places.isOpen) flush(out);
  }

  function flush(out: Part[]): void {
    places.close();
    if (group.length === 0) return;
    const collected = group;
    group = [];
    if (leading && !join && !isLongEnough(leading, collected.length)) return;
    leading = undefined;
    const told = { ...(atMs !== undefined && { atMs }), ...(join && lead && { lead }) };
    out.push({ kind: 'unit', bytes: asOne(collected), join, ...told });
  }

  function isLongEnough(so: { packets: number; sinceMs: number | undefined }, packets: number): boolean {
    so.packets += packets;
    so.sinceMs ??= atMs;
    return so.packets > MOST_LEADING_PACKETS || (atMs ?? 0) - (so.sinceMs ?? 0) > MOST_LEADING_MS;
  }

  return { take, pause, end: flush };
}

/** The newest reference of one PID, in milliseconds that never wrap. Until the first has come, and in a stream that has none, it is told
 *  by the stamps of what one begins with: the pump's own time may be days away from that. */
function clockOf(
  pcrPid: number | undefined,
  stampPid: number | undefined,
): (packet: Buffer, pid: number) => number | undefined {
  let last: number | undefined;
  let ticks = 0;
  let hasReference = false;
  return (packet, pid) => {
    const at = pid === pcrPid ? pcrAt(packet) : -1;
    hasReference ||= at >= 0;
    const isStamped = !hasReference && pid === stampPid && isStart(packet);
    const told = at >= 0 ? readReference(packet, at) : isStamped ? decodedAt(packet) : undefined;
    if (told !== undefined) {
      const step = ahead(told, last ?? told);
      ticks = last === undefined ? told : ticks + (Math.abs(step) < HOUR_TICKS ? step : told - last);
      last = told;
    }
    return last === undefined ? undefined : Math.round(ticks / TICKS_PER_MS);
  };
}

function decodedAt(packet: Buffer): number | undefined {
  const pes = readPes(packet);
  if (!pes || pes.ptsAt < 0) return undefined;
  return readStamp(packet, pes.dtsAt < 0 ? pes.ptsAt : pes.dtsAt);
}

function untellable(): PumpError {
  return new PumpError(
    'malformed',
    'this transport stream does not say what is in it: it has no PAT and PMT; send them with it',
  );
}
