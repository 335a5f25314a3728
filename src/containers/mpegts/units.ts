// From packets to parts. Units are packets side by side, since a unit for each would cost viewers more than its bytes do. They end
// where anything begins, at so many packets, and where nothing more has come for now.

import type { Part } from '../container.ts';
import { continuity } from './continuity.ts';
import {
  ahead,
  isBroken,
  isRandomAccess,
  isReserved,
  isStart,
  NULL_PID,
  PACKET_BYTES,
  payloadAt,
  pcrAt,
  pidOf,
  readReference,
  TICKS_PER_MS,
} from './packet.ts';
import { readPes } from './pes.ts';
import { begins } from './pictures.ts';
import { counted } from './sections.ts';
import { reader, type Tables } from './tables.ts';
import { PumpError } from '../../errors.ts';

/** 3 KB: what a unit costs beside its bytes is then hardly seen, and at 1 Mbit/s it is full in 24 ms. */
const MOST_PACKETS = 16;
/** What comes before the first place to begin is of use to nobody; a stream that has none begins after so much all the same. */
const MOST_LEADING_MS = 10_000;
const MOST_LEADING_PACKETS = 16_384;
/** Tables come several times a second: 12 MB without them are no stream that anybody can play. */
const MOST_UNTOLD_PACKETS = 65_536;
/** How much of a picture is looked at. What comes before parameter sets is short. */
const LOOKED_AT_BYTES = 400;
/** A step of the clock up to here may be a wrap of its counter; farther it is another clock. */
const HOUR_TICKS = 3_600_000 * TICKS_PER_MS;
const NOTHING = Buffer.alloc(0);

/** Where viewers begin: at the pictures of the first program, or at its sound where it has none. */
interface Beginnings {
  readonly pid: number;
  /** of pictures */
  readonly codec?: string;
}

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
  let beginnings: Beginnings | undefined;
  let clock = referenceClock(undefined);
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
  /** the beginning of a picture that does not tell yet whether it is a place to begin */
  let picture: Buffer | undefined;
  let hasIndicators = false;

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
    beginnings = beginningsOf(programs[0]);
    clock = referenceClock(programs[0]?.pcrPid);
    leading = { packets: 0, sinceMs: undefined };
    isTold = true;
    hasIndicators = false;
  }

  function collect(packet: Buffer, pid: number, out: Part[]): void {
    const mayBegin = pid === beginnings?.pid;
    if (isStart(packet) && (picture === undefined || mayBegin)) flush(out);
    const nowMs = clock(packet, pid);
    if (group.length === 0) {
      atMs = nowMs;
      join = mayBegin && isStart(packet) && isBeginning(packet);
      lead = join || picture ? counted(header, (of) => order.last(of)) : undefined;
    } else if (mayBegin && picture) look(packet, payloadAt(packet));
    group.push(packet);
    if (group.length === MOST_PACKETS) flush(out);
  }

  function isBeginning(packet: Buffer): boolean {
    if (beginnings?.codec === undefined) return true;
    const isIndicated = isRandomAccess(packet);
    hasIndicators ||= isIndicated;
    if (hasIndicators) return isIndicated;
    const pes = readPes(packet);
    if (!pes) return false;
    picture = NOTHING;
    return look(packet, pes.dataAt);
  }

  /** Decides as soon as it can whether a picture is a place to begin. */
  function look(packet: Buffer, from: number): boolean {
    if (from >= 0) picture = Buffer.concat([picture ?? NOTHING, packet.subarray(from, PACKET_BYTES)]);
    const told = picture && begins(beginnings?.codec ?? '', picture);
    if (told !== undefined || (picture && picture.length >= LOOKED_AT_BYTES)) picture = undefined;
    return (join = told === true);
  }

  /** Whether a picture may be begun with is still to be seen: it waits for that. */
  function pause(out: Part[]): void {
    if (picture === undefined) flush(out);
  }

  function flush(out: Part[]): void {
    picture = undefined;
    if (group.length === 0) return;
    const collected = group;
    group = [];
    if (leading && !join && !isLongEnough(leading, collected.length)) return;
    leading = undefined;
    const told = { ...(atMs !== undefined && { atMs }), ...(join && lead && { lead }) };
    out.push({ kind: 'unit', bytes: together(collected), join, ...told });
  }

  function isLongEnough(so: { packets: number; sinceMs: number | undefined }, packets: number): boolean {
    so.packets += packets;
    so.sinceMs ??= atMs;
    return so.packets > MOST_LEADING_PACKETS || (atMs ?? 0) - (so.sinceMs ?? 0) > MOST_LEADING_MS;
  }

  return { take, pause, end: flush };
}

function beginningsOf(program: Tables['programs'][number] | undefined): Beginnings | undefined {
  const of = (kind: string) => program?.tracks.find((track) => track.kind === kind);
  const pictures = of('video');
  if (pictures) return { pid: pictures.id, codec: pictures.codec };
  const first = of('audio') ?? program?.tracks[0];
  return first && { pid: first.id };
}

/** The newest reference of one PID, in milliseconds that never wrap. */
function referenceClock(pcrPid: number | undefined): (packet: Buffer, pid: number) => number | undefined {
  let last: number | undefined;
  let ticks = 0;
  return (packet, pid) => {
    const at = pid === pcrPid ? pcrAt(packet) : -1;
    if (at >= 0) {
      const reference = readReference(packet, at);
      const step = ahead(reference, last ?? reference);
      ticks = last === undefined ? reference : ticks + (Math.abs(step) < HOUR_TICKS ? step : reference - last);
      last = reference;
    }
    return last === undefined ? undefined : Math.round(ticks / TICKS_PER_MS);
  };
}

/** As one: views of one chunk nearly always, and side by side in it. Then nothing is copied. */
function together(packets: readonly Buffer[]): Buffer {
  const [first] = packets;
  if (first === undefined) return NOTHING;
  const { buffer, byteOffset } = first;
  const isBeside = (packet: Buffer, n: number) =>
    packet.buffer === buffer && packet.byteOffset === byteOffset + n * PACKET_BYTES;
  return packets.every(isBeside)
    ? Buffer.from(buffer, byteOffset, packets.length * PACKET_BYTES)
    : Buffer.concat(packets);
}

function untellable(): PumpError {
  return new PumpError(
    'malformed',
    'this transport stream does not say what is in it: it has no PAT and PMT; send them with it',
  );
}
