// From bytes to parts, by whatever they are: MMSH frames as servers send them, MMSH frames as encoders push them, or ASF as
// it stands in a file. Each tells which it is by its first bytes.

import { PumpError } from '../../errors.ts';
import type { Framing } from '../container.ts';
import { bare } from './bare.ts';
import { isDollar } from './frames.ts';
import { mmshFrames } from './mmsh.ts';

/** enough for a frame's head, and of an ASF header's GUID */
const START_BYTES = 4;
const ASF_START = 0x30;

export function* framing(): Framing {
  const start = yield START_BYTES;
  if (isDollar(start[0])) yield* mmshFrames(start);
  else if (start[0] === ASF_START) yield* bare(start);
  else throw new PumpError('malformed', 'this is neither Windows Media framing nor ASF; send one of them');
}
