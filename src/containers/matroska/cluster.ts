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
  let at = writeSize(head, size, head.writeUInt32BE(ids.cluster, 0));
  at = writeSize(head, width, head.writeUInt8(ids.timestamp, at));
  const low = Math.min(width, 6);
  if (width > low) head.writeUInt8(Math.floor(timestamp / 2 ** 48), at);
  head.writeUIntBE(timestamp % 2 ** 48, head.length - low, low);
  return head;
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
  const timeAt = ID_BYTES + widthOf(bytes[ID_BYTES] ?? 0);
  const first = bytes[timeAt + 1] ?? 0;
  if (bytes[timeAt] !== ids.timestamp || widthOf(first) !== 1) return undefined;
  const at = timeAt + 2 + readNumber(first, bytes, timeAt + 2);
  const timestamp = at > bytes.length ? undefined : readUint(bytes.subarray(timeAt + 2, at));
  const blocks = timestamp === undefined ? undefined : readBlocks(bytes, at);
  return timestamp === undefined || !blocks ? undefined : { timestamp, blocks, at };
}

function readBlocks(bytes: Buffer, from: number): Block[] | undefined {
  const blocks: Block[] = [];
  for (let at = from; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0;
    const start = at + 1 + widthOf(first);
    if (start > bytes.length) return undefined;
    const end = start + readNumber(first, bytes, at + 2);
    const block = end <= bytes.length ? readBlock(bytes.readUInt8(at), bytes.subarray(start, end)) : undefined;
    if (!block) return undefined;
    blocks.push(block);
    at = end;
  }
  return blocks;
}
