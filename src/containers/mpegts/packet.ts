// A transport packet: the fields of its head and adaptation field (ISO/IEC 13818-1, 2.4.3.2 to 2.4.3.5), read and written where they
// stand. `at` is where the packet begins, so that many side by side are walked without a view of each.

export const PACKET_BYTES = 188;
export const SYNC = 0x47;
/** Stuffing: packets of this PID keep a bit rate constant and have no counter. */
export const NULL_PID = 0x1fff;
export const PIDS = 0x2000;

/** Clock references and time stamps are counts of 90 kHz in 33 bits: they wrap after 26.5 hours. */
export const TICKS_PER_MS = 90;
export const WRAP = 2 ** 33;

const ERROR = 0x80;
const START = 0x40;
const PID_BITS = 0x1fff;
const SCRAMBLING = 0xc0;
const ADAPTATION = 0x20;
const PAYLOAD = 0x10;
const COUNTER = 0x0f;

const HEAD_BYTES = 4;
const DISCONTINUITY = 0x80;
const RANDOM_ACCESS = 0x40;
const PCR = 0x10;
const OPCR = 0x08;
/** flags, and then the clock reference */
const PCR_AT = HEAD_BYTES + 2;
const PCR_BYTES = 6;

// By index, not by Buffer's own methods: these few are called for every packet, some of them several times.

export const pidOf = (bytes: Buffer, at = 0): number => ((bytes[at + 1]! << 8) | bytes[at + 2]!) & PID_BITS;
/** what sent it could not repair it: not even the PID is sure */
export const isBroken = (bytes: Buffer, at = 0): boolean => (bytes[at + 1]! & ERROR) !== 0;
/** a PES packet or a section begins in it */
export const isStart = (bytes: Buffer, at = 0): boolean => (bytes[at + 1]! & START) !== 0;
export const isScrambled = (bytes: Buffer, at = 0): boolean => (bytes[at + 3]! & SCRAMBLING) !== 0;
export const hasPayload = (bytes: Buffer, at = 0): boolean => (bytes[at + 3]! & PAYLOAD) !== 0;
/** Neither payload nor adaptation field: a value that does not exist. */
export const isReserved = (bytes: Buffer, at = 0): boolean => (bytes[at + 3]! & (ADAPTATION | PAYLOAD)) === 0;
export const counterOf = (bytes: Buffer, at = 0): number => bytes[at + 3]! & COUNTER;

export function setCounter(bytes: Buffer, at: number, counter: number): void {
  bytes.writeUInt8((bytes[at + 3]! & ~COUNTER) | (counter & COUNTER), at + 3);
}

/** The flags of the adaptation field; none where there is no such field. */
function flagsOf(bytes: Buffer, at: number): number {
  const has = (bytes[at + 3]! & ADAPTATION) !== 0 && bytes[at + HEAD_BYTES]! > 0;
  return has ? bytes[at + HEAD_BYTES + 1]! : 0;
}

export const isDiscontinuity = (bytes: Buffer, at = 0): boolean => (flagsOf(bytes, at) & DISCONTINUITY) !== 0;
export const isRandomAccess = (bytes: Buffer, at = 0): boolean => (flagsOf(bytes, at) & RANDOM_ACCESS) !== 0;

/** Where the payload begins; -1 where there is none. */
export function payloadAt(bytes: Buffer, at = 0): number {
  if (!hasPayload(bytes, at)) return -1;
  const hasAdaptation = (bytes.readUInt8(at + 3) & ADAPTATION) !== 0;
  const skipped = hasAdaptation ? HEAD_BYTES + 1 + bytes.readUInt8(at + HEAD_BYTES) : HEAD_BYTES;
  return skipped < PACKET_BYTES ? at + skipped : -1;
}

/** Where the program clock reference stands; -1 where there is none. */
export function pcrAt(bytes: Buffer, at = 0): number {
  const has = (flagsOf(bytes, at) & PCR) !== 0 && bytes.readUInt8(at + HEAD_BYTES) > PCR_BYTES;
  return has ? at + PCR_AT : -1;
}

/** Where the clock reference of what this was made from stands; -1 where there is none. */
export function opcrAt(bytes: Buffer, at = 0): number {
  const flags = flagsOf(bytes, at);
  const before = (flags & PCR) !== 0 ? PCR_BYTES : 0;
  const has = (flags & OPCR) !== 0 && bytes.readUInt8(at + HEAD_BYTES) > PCR_BYTES + before;
  return has ? at + PCR_AT + before : -1;
}

/** The 90 kHz of a clock reference; the rest, 27 MHz, is of interest to those who measure and stays as it is. */
export function readReference(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 + (bytes.readUInt8(at + 4) >> 7);
}

/** Ticks of 27 MHz beyond those of 90 kHz. */
export function readRest(bytes: Buffer, at: number): number {
  return bytes.readUInt16BE(at + 4) & 0x01ff;
}

export function writeReference(bytes: Buffer, at: number, ticks: number): void {
  bytes.writeUInt32BE(Math.floor(ticks / 2), at);
  bytes.writeUInt8((bytes.readUInt8(at + 4) & 0x7f) | ((ticks % 2) << 7), at + 4);
}

/** How far `ticks` is ahead of `other`, the shorter way round. */
export function ahead(ticks: number, other: number): number {
  const step = wrapped(ticks - other);
  return step < WRAP / 2 ? step : step - WRAP;
}

export function wrapped(ticks: number): number {
  return ((ticks % WRAP) + WRAP) % WRAP;
}
