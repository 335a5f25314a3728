// The ASF header of an MMSH stream, put together from one or more $H ([MS-WMSP] 2.2.3.5): the preheader's flags tell which is
// the last piece, and so does the size that the header itself tells.

import { PREHEADER_BYTES, LAST_PIECE } from './frames.ts';
import { guidOf, topLevel } from './guids.ts';
import { OBJECT_HEAD_BYTES } from './layouts.ts';
import { DATA_HEAD_BYTES } from './objects.ts';
import { headerSize, malformed } from './walk.ts';

/** The largest header needs 17 whole frames; nobody has a reason to cut it much finer. */
const MOST_PIECES = 64;
const NOTHING = Buffer.alloc(0);

export interface HeaderPieces {
  /** this stream has preheaders: a header that came with one tells */
  readonly preheader: boolean;
  /** more of a header is still to come */
  readonly begun: boolean;
  /** Takes a $H frame's body; gives the header as soon as it is whole. */
  add(body: Buffer): Buffer | undefined;
  forget(): void;
}

export function headerPieces(): HeaderPieces {
  let preheader = false;
  let gathered = NOTHING;
  let count = 0;
  const forget = () => {
    gathered = NOTHING;
    count = 0;
  };
  return {
    get preheader() {
      return preheader;
    },
    get begun() {
      return count > 0;
    },
    forget,
    add(body) {
      if (beginsAt(body, 0) || beginsAt(body, PREHEADER_BYTES)) {
        forget();
        preheader = !beginsAt(body, 0);
      } else if (count === 0) throw malformed('its first frame does not begin with a Header Object');
      if (++count > MOST_PIECES) throw malformed(`it comes in more than ${MOST_PIECES} pieces; send it in one`);
      gathered = Buffer.concat([gathered, preheader ? body.subarray(PREHEADER_BYTES) : body]);
      const last = !preheader || ((body[5] ?? 0) & LAST_PIECE) !== 0;
      if (!isWhole(gathered, last)) return undefined;
      const whole = gathered;
      forget();
      return whole;
    },
  };
}

function beginsAt(body: Buffer, at: number): boolean {
  return guidOf(body, at) === topLevel.header;
}

/** Servers leave out flags, and some the beginning of the Data Object: what is told to be the last piece may lack that. */
function isWhole(gathered: Buffer, last: boolean): boolean {
  if (gathered.length < OBJECT_HEAD_BYTES) return false;
  const size = headerSize(gathered);
  return gathered.length >= size + (last ? 0 : DATA_HEAD_BYTES);
}
