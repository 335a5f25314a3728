// Matroska on a connection: the header, then units as they are. Browsers play what is called WebM, and go by the name.

import type { Wire } from '../wire.ts';
import { isOfWebm } from './codecs.ts';
import { readHeader } from './header.ts';

/** Players cannot follow a change of tracks, so there is no `change`: they are let go and come again. */
export const plain: Wire = {
  name: 'matroska',
  contentType: 'video/x-matroska',
  dress: (header) => ({ begin: header, contentType: contentType(header) }),
};

function contentType(header: Buffer): string {
  const { docType, tracks, codecIds } = readHeader(header);
  const isWebm = docType === 'webm' && codecIds.every(isOfWebm);
  const isVideo = tracks.some(({ kind }) => kind === 'video');
  return `${isVideo ? 'video' : 'audio'}/${isWebm ? 'webm' : 'x-matroska'}`;
}
