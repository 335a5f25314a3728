// From blocks to units. A unit is a whole Cluster of known size that holds one moment: the sound since the last picture, and a
// picture. So nothing waits for the source's own clusters, which last for seconds; every unit can follow any other, whatever a viewer
// was not sent; and every picture can be where one begins. It costs some 15 bytes a picture.

import type { Unit } from '../container.ts';
import type { Block } from './blocks.ts';
import { clusterHead } from './cluster.ts';
import { sizeWidth, writeSize } from './elements.ts';
import type { MatroskaHeader } from './header.ts';

/** Sound alone is not kept longer for a picture to come: nobody hears so little, and a Cluster for each block costs more. */
const MOST_SPAN_MS = 100;
/** Sound of all one time must not be collected for ever. */
const MOST_BYTES = 65_536;
const MOST_BLOCKS = 64;
const LEAST_I16 = -0x8000;
const MOST_I16 = 0x7fff;

interface Placed extends Block {
  /** in ticks */
  readonly at: number;
}

export interface Grouping {
  /** Undefined: this can be no block of this stream. */
  take(block: Block, timestamp: number): Unit[] | undefined;
  /** what is collected, where something is */
  flush(): Unit[];
}

export function grouping({ tracks, scale }: MatroskaHeader): Grouping {
  const kinds = new Map(tracks.map(({ id, kind }) => [id, kind]));
  const ticks = (MOST_SPAN_MS * 1_000_000) / scale;
  const tickMs = scale / 1_000_000;
  const isJoin = joining(tracks);
  let blocks: Placed[] = [];
  let bytes = 0;

  function flush(): Unit[] {
    const [first] = blocks;
    if (!first) return [];
    const unit: Unit = {
      kind: 'unit',
      bytes: write(blocks, timestampOf(first)),
      join: isJoin(blocks),
      atMs: first.at * tickMs,
    };
    blocks = [];
    bytes = 0;
    return [unit];
  }

  function take(block: Block, timestamp: number): Unit[] | undefined {
    const kind = kinds.get(block.track);
    if (kind === undefined) return undefined;
    const at = timestamp + block.relative;
    const before = fits(blocks, at) ? [] : flush();
    blocks.push({ ...block, at });
    bytes += block.data.length;
    const lasts = Math.abs(at - (blocks[0]?.at ?? at)) >= ticks;
    const full = kind !== 'audio' || lasts || bytes >= MOST_BYTES || blocks.length >= MOST_BLOCKS;
    return full ? [...before, ...flush()] : before;
  }

  return { take, flush };
}

function fits([first]: readonly Placed[], at: number): boolean {
  if (!first) return true;
  const relative = at - timestampOf(first);
  return relative >= LEAST_I16 && relative <= MOST_I16;
}

/** With pictures: at a key frame of the first video track, whatever FFmpeg says of the sound, all of which is key. */
function joining(tracks: MatroskaHeader['tracks']): (blocks: readonly Block[]) => boolean {
  const video = tracks.find(({ kind }) => kind === 'video')?.id;
  if (video === undefined) return ([first]) => first?.key ?? false;
  return (blocks) => blocks.some(({ track, key }) => key && track === video);
}

/** The first block's own time; there are none before the beginning, but sound may be shown some ticks before it. */
function timestampOf({ at }: Placed): number {
  return Math.max(0, at);
}

/** The cluster of these blocks, whose relative times are made to fit its own time. */
function write(blocks: readonly Placed[], timestamp: number): Buffer {
  const blockBytes = blocks.reduce((sum, { data: { length } }) => sum + 1 + sizeWidth(length) + length, 0);
  const head = clusterHead(timestamp, blockBytes);
  const bytes = Buffer.allocUnsafe(head.length + blockBytes);
  let end = head.copy(bytes);
  for (const { id, data, at, relativeAt } of blocks) {
    const start = writeSize(bytes, data.length, bytes.writeUInt8(id, end));
    end = start + data.copy(bytes, start);
    bytes.writeInt16BE(at - timestamp, start + relativeAt);
  }
  return bytes;
}
