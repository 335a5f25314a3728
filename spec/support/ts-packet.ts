// Transport packets, sections and PES packets as ISO/IEC 13818-1 lays them out (2.4.3, 2.4.4), field by field and with none of the
// container's own code.

import assert from 'node:assert/strict';

export const PACKET = 188;

export interface PacketFields {
  readonly pid: number;
  readonly counter?: number;
  readonly payload?: Buffer;
  readonly start?: boolean;
  readonly error?: boolean;
  readonly scrambled?: boolean;
  readonly discontinuity?: boolean;
  readonly randomAccess?: boolean;
  /** 90 kHz; the 27 MHz behind it */
  readonly pcr?: number;
  readonly pcrRest?: number;
  readonly opcr?: number;
}

/** One packet: what the payload leaves free is stuffing in the adaptation field. */
export function packet(fields: PacketFields): Buffer {
  const { pid, counter = 0, payload = Buffer.alloc(0), start, error, scrambled } = fields;
  const told = adaptation(fields);
  const free = PACKET - 4 - payload.length;
  const length = told.length > 0 || free > 0 ? free : 0;
  assert(length === 0 || free >= told.length, 'too much for one packet');
  const field = Buffer.alloc(length, 0xff);
  if (length > 0) field[0] = length - 1;
  if (length > 1) field[1] = 0;
  if (told.length > 0) told.copy(field, 1);
  const head = Buffer.from([0x47, (error ? 0x80 : 0) | (start ? 0x40 : 0) | (pid >> 8), pid & 0xff, 0]);
  const control = (length > 0 ? 2 : 0) | (payload.length > 0 ? 1 : 0);
  head[3] = (scrambled ? 0x80 : 0) | (control << 4) | (counter & 0x0f);
  const whole = Buffer.concat([head, field, payload]);
  assert.equal(whole.length, PACKET);
  return whole;
}

function adaptation({ discontinuity, randomAccess, pcr, pcrRest = 0, opcr }: PacketFields): Buffer {
  const flags =
    (discontinuity ? 0x80 : 0) |
    (randomAccess ? 0x40 : 0) |
    (pcr === undefined ? 0 : 0x10) |
    (opcr === undefined ? 0 : 0x08);
  if (flags === 0) return Buffer.alloc(0);
  const references = [pcr, opcr].flatMap((ticks) => (ticks === undefined ? [] : [reference(ticks, pcrRest)]));
  return Buffer.concat([Buffer.from([flags]), ...references]);
}

/** 33 bits, six of reserve, nine */
function reference(ticks: number, rest: number): Buffer {
  const whole = (BigInt(ticks) << 15n) | (0x3fn << 9n) | BigInt(rest);
  return Buffer.from(whole.toString(16).padStart(12, '0'), 'hex');
}

/** `0010`, `0011` or `0001` and 33 bits in three pieces, a marker behind each */
function stamp(prefix: number, ticks: number): Buffer {
  const all = BigInt(ticks);
  const whole =
    (BigInt(prefix) << 36n) |
    ((all >> 30n) << 33n) |
    (1n << 32n) |
    (((all >> 15n) & 0x7fffn) << 17n) |
    (1n << 16n) |
    ((all & 0x7fffn) << 1n) |
    1n;
  return Buffer.from(whole.toString(16).padStart(10, '0'), 'hex');
}

export interface PesFields {
  readonly streamId: number;
  readonly pts?: number;
  readonly dts?: number;
  readonly data: Buffer;
  /** says how long it is, which video may leave out */
  readonly bounded?: boolean;
}

export function pes({ streamId, pts, dts, data, bounded = false }: PesFields): Buffer {
  const stamps = [
    ...(pts === undefined ? [] : [stamp(dts === undefined ? 2 : 3, pts)]),
    ...(dts === undefined ? [] : [stamp(1, dts)]),
  ];
  const rest = Buffer.concat([
    Buffer.from([0x80, stamps.length === 2 ? 0xc0 : stamps.length === 1 ? 0x80 : 0, stamps.length * 5]),
    ...stamps,
    data,
  ]);
  const head = Buffer.from([0, 0, 1, streamId, 0, 0]);
  if (bounded) head.writeUInt16BE(rest.length, 4);
  return Buffer.concat([head, rest]);
}

/** A section with its checksum. */
export function section(table: number, extension: number, version: number, body: Buffer, current = true): Buffer {
  const head = Buffer.from([table, 0xb0, 0, extension >> 8, extension & 0xff, 0xc0 | (version << 1), 0, 0]);
  if (current) head[5]! |= 1;
  head.writeUInt16BE(0xb000 | (head.length - 3 + body.length + 4), 1);
  const told = Buffer.concat([head, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc(told));
  return Buffer.concat([told, sum]);
}

/** Bit by bit, as annex A draws it. */
function crc(bytes: Buffer): number {
  let register = 0xffff_ffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const feedback = (register >>> 31) ^ ((byte >> bit) & 1);
      register = ((register << 1) ^ (feedback ? 0x04c1_1db7 : 0)) >>> 0;
    }
  }
  return register;
}
