// Matroska and WebM, as FFmpeg, OBS, GStreamer, mkvmerge and browsers write them.

import type { Container, Track } from '../container.ts';
import { idBytes, ids, readNumber, widthOf } from './elements.ts';
import { framing, MOST_BLOCK_BYTES } from './framing.ts';
import { docTypeOf, readHeader } from './header.ts';
import { MOST_EBML_BYTES } from './reading.ts';
import { splice } from './splice.ts';
import { plain } from './wires.ts';
import { watch } from './chromium.ts';

export const matroska: Container = {
  name: 'matroska',
  contentTypes: [
    'video/x-matroska',
    'audio/x-matroska',
    'video/webm',
    'audio/webm',
    'video/matroska',
    'audio/matroska',
    'application/x-matroska',
  ],
  largestBytes: MOST_BLOCK_BYTES,
  recognise,
  framing,
  wires: [plain],
  tracks,
  splice,
  manners: { watch },
};

const START = idBytes(ids.ebml);

/** Other documents are EBML too. */
function recognise(start: Buffer): boolean | undefined {
  const told = start.subarray(0, START.length);
  if (!told.equals(START.subarray(0, told.length))) return false;
  const first = start[START.length];
  if (first === undefined) return undefined;
  const at = START.length + widthOf(first);
  if (start.length < at) return undefined;
  const size = readNumber(first, start, START.length + 1);
  if (size > MOST_EBML_BYTES) return false;
  if (start.length < at + size) return undefined;
  return docTypeOf(start.subarray(at, at + size)) !== undefined;
}

function tracks(header: Buffer): Track[] {
  return [...readHeader(header).tracks];
}
