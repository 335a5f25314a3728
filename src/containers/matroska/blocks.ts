// What a pump has to know of a block (RFC 9559, sections 5.1.3 and 10): whose it is, when it is shown, whether it is a key frame.
// What it carries, laced or not, is left alone. Nothing is read past the end; what cannot be a block is undefined.

import { ids, MOST_SIZE_BYTES, readElements, readNumber, widthOf } from './elements.ts';

export interface Block {
  /** SimpleBlock or BlockGroup */
  readonly id: number;
  /** what that element holds */
  readonly data: Buffer;
  readonly track: number;
  /** in ticks since its cluster's time, an i16, and where in `data` it stands */
  readonly relative: number;
  readonly relativeAt: number;
  readonly key: boolean;
}

/** track number of one byte, time, flags */
const LEAST_BYTES = 4;
const KEY = 0x80;

export function readBlock(id: number, data: Buffer): Block | undefined {
  if (id === ids.simpleBlock) return read(id, data, data);
  const within = readElements(data);
  const block = within?.find((element) => element.id === ids.block)?.data;
  if (!within || !block) return undefined;
  const key = within.every((element) => element.id !== ids.referenceBlock);
  return read(id, data, block, key);
}

/** `block` lies in `data`. */
function read(id: number, data: Buffer, block: Buffer, inGroup?: boolean): Block | undefined {
  if (block.length < LEAST_BYTES) return undefined;
  const first = block.readUInt8(0);
  const width = widthOf(first);
  if (width > MOST_SIZE_BYTES || width + LEAST_BYTES - 1 > block.length) return undefined;
  const track = readNumber(first, block, 1);
  const relative = block.readInt16BE(width);
  const relativeAt = block.byteOffset - data.byteOffset + width;
  const key = inGroup ?? (block.readUInt8(width + 2) & KEY) !== 0;
  return { id, data, track, relative, relativeAt, key };
}
