// What Chromium, and whatever is made of it, needs where Matroska has H.264: its FFmpeg is not told when pictures are decoded and
// cannot find it out itself. Without this, somebody who came to a stream an hour old would look at one picture for an hour.

import type { Ask, WatchAnswer } from '../manners.ts';
import type { Wire } from '../wire.ts';
import type { Block } from './blocks.ts';
import { blankOut, moveBack } from './cluster.ts';
import { type Element, ids, readText, readUint } from './elements.ts';
import { editTracks, type MatroskaHeader, readHeader } from './header.ts';
import { plain } from './wires.ts';

/** It plays from 0, whatever time the first picture has. Those that follow that one may be shown so much before it. */
const BEGINS_AT_MS = 200;
/** nanoseconds. Of five pictures a second or less, or where it is not said how many there are, it reads 5 MB to find that out. */
const LONGEST_PICTURE = 199_000_000;

const AGENT = /Chrom(?:e|ium)\//;

export function watch({ headers }: Ask): WatchAnswer | undefined {
  if (!AGENT.test(headers['user-agent']?.[0] ?? '')) return undefined;
  return { kind: 'stream', wire: chromium, headers: {}, follows: false };
}

const chromium: Wire = {
  ...plain,
  dress(header) {
    const told = readHeader(header);
    const dress = plain.dress(header);
    if (h264(told) === undefined) return dress;
    return { ...dress, begin: editTracks(header, hurried), own: () => fromNow(told) };
  },
};

function h264({ tracks, codecIds }: MatroskaHeader): number | undefined {
  return tracks[codecIds.indexOf(H264)]?.id;
}

const H264 = 'V_MPEG4/ISO/AVC';

function hurried(entry: readonly Element[]): readonly Element[] {
  const find = (wanted: number) => entry.find(({ id }) => id === wanted)?.data;
  const told = readUint(find(ids.defaultDuration)) ?? 0;
  if (readText(find(ids.codecId)) !== H264 || (told > 0 && told <= LONGEST_PICTURE)) return entry;
  const data = Buffer.alloc(4);
  data.writeUInt32BE(LONGEST_PICTURE);
  return [...entry.filter(({ id }) => id !== ids.defaultDuration), { id: ids.defaultDuration, data }];
}

/** For one who comes now. */
function fromNow(told: MatroskaHeader): (copy: Buffer) => void {
  const first = Math.floor((BEGINS_AT_MS * 1_000_000) / told.scale);
  const dropLeading = leading(h264(told));
  let delta: number | undefined;
  return (copy) => {
    dropLeading(copy);
    moveBack(copy, (timestamp) => Math.max(0, timestamp - (delta ??= Math.max(0, timestamp - first))));
  };
}

/** Pictures that are shown before the first key frame are made of what came before it, too: it gives up at the first of them. */
function leading(video: number | undefined): (copy: Buffer) => void {
  let keyAt: number | undefined;
  let isOver = false;
  const isLeading = ({ track, key, relative }: Block, timestamp: number): boolean => {
    if (track !== video || isOver) return false;
    const at = timestamp + relative;
    if (key) keyAt ??= at;
    isOver = at > (keyAt ?? at);
    return at < (keyAt ?? at);
  };
  return (copy) => {
    if (!isOver) blankOut(copy, isLeading);
  };
}
