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
  let blocks: Block[] = [];
  /** of these blocks, in ticks */
  let times: number[] = [];
  let bytes = 0;

  function flush(): Unit[] {
    const [at] = times;
    if (at === undefined) return [];
    const unit: Unit = { kind: 'unit', bytes: write(blocks, times), join: isJoin(blocks), atMs: at * tickMs };
    blocks = [];
    times = [];
    bytes = 0;
    return [unit];
  }

  function take(block: Block, timestamp: number): Unit[] | undefined {
    const kind = kinds.get(block.track);
    if (kind === undefined) return undefined;
    const at = timestamp + block.relative;
    const before = fits(times, at) ? [] : flush();
    blocks.push(block);
    times.push(at);
    bytes += block.data.length;
    const lasts = Math.abs(at - (times[0] ?? at)) >= ticks;
    const full = kind !== 'audio' || lasts || bytes >= MOST_BYTES || blocks.length >= MOST_BLOCKS;
    return full ? [...before, ...flush()] : before;
  }

  return { take, flush };
}

/** Can a cluster hold this time beside those? */
function fits(times: readonly number[], at: number): boolean {
  if (times.length === 0) return true;
  const relative = at - timestampOf(times);
  return relative >= LEAST_I16 && relative <= MOST_I16;
}

/** With pictures: at a key frame of the first video track, whatever is said of the sound, all of which is key. */
function joining(tracks: MatroskaHeader['tracks']): (blocks: readonly Block[]) => boolean {
  const video = tracks.find(({ kind }) => kind === 'video')?.id;
  if (video === undefined) return ([first]) => first?.key ?? false;
  return (blocks) => blocks.some(({ track, key }) => key && track === video);
}

/** The first block's own time; there are none before the beginning, but sound may be shown some ticks before it. */
function timestampOf([first = 0]: readonly number[]): number {
  return Math.max(0, first);
}

/** The cluster of these blocks, whose relative times are made to fit its own time. */
function write(blocks: readonly Block[], times: readonly number[]): Buffer {
  const timestamp = timestampOf(times);
  let blockBytes = 0;
  for (const { data } of blocks) blockBytes += 1 + sizeWidth(data.length) + data.length;
  const head = clusterHead(timestamp, blockBytes);
  const bytes = Buffer.allocUnsafe(head.length + blockBytes);
  let end = head.copy(bytes);
  blocks.forEach(({ id, data, relativeAt }, n) => {
    const start = writeSize(bytes, data.length, bytes.writeUInt8(id, end));
    end = start + data.copy(bytes, start);
    bytes.writeInt16BE((times[n] ?? timestamp) - timestamp, start + relativeAt);
  });
  return bytes;
}
