// A small reader of what comes out, beside the code that wrote it: a unit has to be one whole Cluster of known size, its time
// first, then blocks.

import assert from 'node:assert/strict';

export interface Read {
  readonly id: number;
  readonly data: Buffer;
}

/** The elements that fill these bytes. */
export function elementsOf(bytes: Buffer): Read[] {
  const read: Read[] = [];
  for (let at = 0; at < bytes.length; ) {
    const idWidth = Math.clz32(bytes.readUInt8(at)) - 23;
    const sizeAt = at + idWidth;
    const width = Math.clz32(bytes.readUInt8(sizeAt)) - 23;
    const told = BigInt(`0x${bytes.toString('hex', sizeAt, sizeAt + width)}`) - (1n << BigInt(7 * width));
    const unknown = told === (1n << BigInt(7 * width)) - 1n;
    const end = unknown ? bytes.length : sizeAt + width + Number(told);
    assert(end <= bytes.length, 'an element runs past its end');
    read.push({ id: bytes.readUIntBE(at, idWidth), data: bytes.subarray(sizeAt + width, end) });
    at = end;
  }
  return read;
}

/** The only one of this id, or nothing. */
export function within(elements: readonly Read[], id: number): Buffer | undefined {
  const found = elements.filter((one) => one.id === id);
  assert(found.length <= 1, `${found.length} of ${id.toString(16)}`);
  return found[0]?.data;
}

export interface ReadBlock {
  readonly track: number;
  /** in ticks, of the whole stream */
  readonly at: number;
  readonly flags: number;
  readonly payload: Buffer;
}

export function blocksOf(unit: Buffer): { readonly timestamp: number; readonly blocks: readonly ReadBlock[] } {
  const [cluster, ...others] = elementsOf(unit);
  assert(cluster?.id === 0x1f43b675 && others.length === 0, 'a unit is one Cluster');
  const [time, ...blocks] = elementsOf(cluster.data);
  assert(time?.id === 0xe7, 'a Cluster begins with its time');
  const timestamp = Number(BigInt(`0x${time.data.toString('hex')}`));
  return {
    timestamp,
    blocks: blocks.map(({ id, data }) => {
      assert(id === 0xa3 || id === 0xa0, 'nothing but blocks follows');
      const block = id === 0xa3 ? data : within(elementsOf(data), 0xa1);
      assert(block);
      return {
        track: block.readUInt8(0) & 0x7f,
        at: timestamp + block.readInt16BE(1),
        flags: block.readUInt8(3),
        payload: block.subarray(4),
      };
    }),
  };
}

/** What the header that viewers get holds: in EBML, and in the Segment. */
export function headerOf(header: Buffer): { readonly ebml: Read[]; readonly segment: Read[] } {
  const [ebml, segment, ...others] = elementsOf(header);
  assert(ebml?.id === 0x1a45dfa3 && segment?.id === 0x18538067 && others.length === 0, 'EBML, then a Segment');
  return { ebml: elementsOf(ebml.data), segment: elementsOf(segment.data) };
}
