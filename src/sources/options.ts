// Options that more than one type of source has.

import { flag } from '../amounts.ts';

export const loop = flag
  .exactOptional()
  .describe(
    'Begins again when the file has ended, for ever; without it the stream is over then. For plain files alone.',
  );

export const remux = flag
  .exactOptional()
  .describe('Lets FFmpeg copy into Matroska what is no container known here, instead of refusing it.');
