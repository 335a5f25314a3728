// What specs ask of transport streams that came out.

import type { Choices, Part, Splice, Unit } from '../../../src/containers/container.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { framed, units } from '../../support/framing.ts';
import { PACKET } from '../../support/ts-packet.ts';

export function parts(bytes: Buffer, choices: Choices = {}): Part[] {
  return framed(mpegts, bytes, [], choices).parts;
}

export function sent(from: readonly Part[]): Buffer {
  return Buffer.concat(units(from).map(({ bytes }) => bytes));
}

/** where units with `join` begin, counted in packets from the first */
export function joinsAt(from: readonly Part[]): number[] {
  let at = 0;
  return units(from).flatMap((unit) => {
    const begin = at;
    at += unit.bytes.length / PACKET;
    return unit.join ? [begin] : [];
  });
}

export function losses(from: readonly Part[]): Record<string, number> {
  const told: Record<string, number> = {};
  for (const part of from) if (part.kind === 'loss') told[part.what] = (told[part.what] ?? 0) + part.count;
  return told;
}

export function packetsOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / PACKET }, (_, n) => bytes.subarray(n * PACKET, (n + 1) * PACKET));
}

export const pidOf = (packet: Buffer): number => packet.readUInt16BE(1) & 0x1fff;
const counterOf = (packet: Buffer): number => packet.readUInt8(3) & 0x0f;

export function counters(bytes: Buffer, pid: number): number[] {
  return packetsOf(bytes).flatMap((packet) => (pidOf(packet) === pid ? [counterOf(packet)] : []));
}

/** Clock references of all PIDs, in ticks. */
export function references(bytes: Buffer): number[] {
  return packetsOf(bytes).flatMap((packet) => {
    const has = (packet.readUInt8(3) & 0x20) !== 0 && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x10) !== 0;
    return has ? [Number(packet.readUIntBE(6, 6) >= 0 ? BigInt(`0x${packet.toString('hex', 6, 12)}`) >> 15n : 0n)] : [];
  });
}

/** Time stamps of a PID, in ticks: when shown, when decoded. */
export function stamps(bytes: Buffer, pid: number): { pts: number; dts: number }[] {
  return packetsOf(bytes).flatMap((packet) => {
    if (pidOf(packet) !== pid || (packet.readUInt8(1) & 0x40) === 0) return [];
    const at = (packet.readUInt8(3) & 0x20) === 0 ? 4 : 5 + packet.readUInt8(4);
    const both = packet.readUInt8(at + 7) >> 6 === 3;
    const pts = stamp(packet, at + 9);
    return [{ pts, dts: both ? stamp(packet, at + 14) : pts }];
  });
}

function stamp(packet: Buffer, at: number): number {
  const bits = BigInt(`0x${packet.toString('hex', at, at + 5)}`);
  return Number((((bits >> 33n) & 7n) << 30n) | (((bits >> 17n) & 0x7fffn) << 15n) | ((bits >> 1n) & 0x7fffn));
}

/** One feed after another through one splice; each begins at its time on the wall. */
export function spliced(...feeds: readonly (readonly [atMs: number, bytes: Buffer])[]): Part[] {
  const splice: Splice = mpegts.splice();
  return feeds.flatMap(([nowMs, bytes]) => {
    const all = parts(bytes);
    const begin = all.find((part): part is Unit => part.kind === 'unit' && part.atMs !== undefined)?.atMs ?? 0;
    return all.map((part) => splice(part, nowMs + (part.kind === 'unit' ? (part.atMs ?? begin) - begin : 0)));
  });
}
