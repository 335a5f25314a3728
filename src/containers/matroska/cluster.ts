// The clusters that units are: of known size, their time first, then blocks alone (RFC 9559, section 5.1.3).

import { type Block, readBlock } from './blocks.ts';
import { ids, readNumber, readUint, sizeWidth, widthOf, writeSize } from './elements.ts';

const ID_BYTES = 4;
/** Times are counted exactly up to 2^53. */
const MOST_TIME_BYTES = 7;

/** All of a cluster but its blocks, which have so many bytes. */
export function clusterHead(timestamp: number, blockBytes: number): Buffer {
  const width = timeWidth(timestamp);
  const size = 2 + width + blockBytes;
  const head = Buffer.allocUnsafe(ID_BYTES + sizeWidth(size) + 2 + width);
  const at = writeSize(head, size, head.writeUInt32BE(ids.cluster, 0));
  writeTime(head, timestamp, writeSize(head, width, head.writeUInt8(ids.timestamp, at)), head.length);
  return head;
}

function writeTime(bytes: Buffer, timestamp: number, from: number, end: number): void {
  const low = Math.min(end - from, 6);
  if (end - from > low) bytes.writeUInt8(Math.floor(timestamp / 2 ** 48), from);
  bytes.writeUIntBE(timestamp % 2 ** 48, end - low, low);
}

function timeWidth(timestamp: number): number {
  let width = 1;
  while (width < MOST_TIME_BYTES && timestamp >= 2 ** (8 * width)) width += 1;
  return width;
}

export interface Cluster {
  readonly timestamp: number;
  readonly blocks: readonly Block[];
  /** where the blocks begin */
  readonly at: number;
}

/** Of a unit as a grouping makes them. Undefined: it is none, as what another pump says is a unit may not be. */
export function readCluster(bytes: Buffer): Cluster | undefined {
  const time = readTime(bytes);
  const blocks: Block[] = [];
  return time && walk(bytes, time.at, (block) => blocks.push(block)) ? { ...time, blocks } : undefined;
}

/** Leaves nothing of the blocks that nobody is to see but their length. What is no unit is left as it is. */
export function blankOut(bytes: Buffer, isUnwanted: (block: Block, timestamp: number) => boolean): void {
  const time = readTime(bytes);
  if (!time) return;
  walk(bytes, time.at, (block, at) => {
    if (isUnwanted(block, time.timestamp)) bytes.writeUInt8(ids.void, at);
  });
}

/** Writes another time into a unit, in as many bytes as the old one has, which was no earlier. What is no unit is left as it is. */
export function moveBack(bytes: Buffer, moved: (timestamp: number) => number): void {
  const time = readTime(bytes);
  if (time) writeTime(bytes, moved(time.timestamp), time.from, time.at);
}

/** Where it stands: `from` its first byte to where the blocks begin. */
function readTime(
  bytes: Buffer,
): { readonly timestamp: number; readonly from: number; readonly at: number } | undefined {
  const timeAt = ID_BYTES + widthOf(bytes[ID_BYTES] ?? 0);
  const first = bytes[timeAt + 1] ?? 0;
  if (bytes[timeAt] !== ids.timestamp || widthOf(first) !== 1) return undefined;
  const from = timeAt + 2;
  const at = from + readNumber(first, bytes, from);
  const timestamp = at > bytes.length ? undefined : readUint(bytes.subarray(from, at));
  return timestamp === undefined ? undefined : { timestamp, from, at };
}

/** Shows each block and where it begins; false where they do not hold together. */
function walk(bytes: Buffer, from: number, see: (block: Block, at: number) => void): boolean {
  for (let at = from; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const start = at + 1 + widthOf(first);
    if (start > bytes.length) return false;
    const end = start + readNumber(first, bytes, at + 2);
    const block = end <= bytes.length ? readBlock(bytes.readUInt8(at), bytes.subarray(start, end)) : undefined;
    if (!block) return false;
    see(block, at);
    at = end;
  }
  return true;
}
