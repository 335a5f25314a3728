// ASF, as Windows Media streams it: MMSH frames or plain.

import type { Container, Track } from '../container.ts';
import { framing } from './framing.ts';
import { HEAD_BYTES, isDollar, letters, PREHEADER_BYTES, readHead } from './frames.ts';
import { topLevel } from './guids.ts';
import { manners } from './manners.ts';
import { readHeader } from './objects.ts';
import { splice } from './splice.ts';
import { MOST_HEADER_BYTES } from './walk.ts';
import { mmsh, plain } from './wires.ts';

export const asf: Container = {
  name: 'asf',
  contentTypes: [
    'video/x-ms-asf',
    'video/x-ms-wmv',
    'video/x-ms-wm',
    'audio/x-ms-wma',
    'application/vnd.ms-asf',
    'application/x-mms-framed',
    'application/x-wms-pushstart',
  ],
  // Only a bare header is wanted at once; a packet or a frame has 64 KiB at the most.
  largestBytes: MOST_HEADER_BYTES,
  recognise,
  framing,
  wires: [plain, mmsh],
  tracks,
  splice,
  fits: (header) => {
    const { packetSize } = readHeader(header);
    return (unit) => unit.length > 0 && unit.length <= packetSize;
  },
  manners,
};

function recognise(start: Buffer): boolean | undefined {
  if (start.length === 0) return undefined;
  return isDollar(start[0]) ? recogniseFrame(start) : beginsWithHeader(start);
}

/** A dollar sign alone may begin a text. */
function recogniseFrame(start: Buffer): boolean | undefined {
  if (start.length < HEAD_BYTES) return undefined;
  const frame = readHead(start);
  switch (frame?.letter) {
    case letters.header: {
      const pushed = beginsWithHeader(start.subarray(HEAD_BYTES));
      return pushed === false ? beginsWithHeader(start.subarray(HEAD_BYTES + PREHEADER_BYTES)) : pushed;
    }
    // Reason, and perhaps what does not belong there
    case letters.end:
      return frame.length <= MOST_END_BYTES;
    case letters.packetPair:
      return frame.length <= MOST_PAIR_BYTES;
    case letters.test:
      return frame.length === 0;
    case letters.data:
    case letters.metadata:
    case letters.change:
    case letters.filler:
      return true;
    default:
      return false;
  }
}

const MOST_END_BYTES = 12;
const MOST_PAIR_BYTES = 1048;
const HEADER_GUID = Buffer.from(topLevel.header, 'hex');

function beginsWithHeader(bytes: Buffer): boolean | undefined {
  const told = bytes.subarray(0, HEADER_GUID.length);
  if (!told.equals(HEADER_GUID.subarray(0, told.length))) return false;
  return told.length === HEADER_GUID.length ? true : undefined;
}

function tracks(header: Buffer): Track[] {
  return readHeader(header).streams.map(({ number, kind, ...told }) => ({
    ...told,
    id: number,
    kind: kind === 'command' ? 'other' : kind,
  }));
}
