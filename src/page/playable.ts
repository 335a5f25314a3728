// Whether this browser can play a stream, and by what: by itself, or through Media Source Extensions with mpegts.js.

import type { StreamTold, TrackTold } from '../http/api/told.ts';

export type Way =
  | { readonly kind: 'by itself' }
  | { readonly kind: 'mpegts.js' }
  /** why not */
  | { readonly kind: 'not'; readonly why: string };

/** What the browser says of a type: `HTMLMediaElement.canPlayType`, `MediaSource.isTypeSupported`. */
export interface Abilities {
  plays(type: string): boolean;
  buffers(type: string): boolean;
}

/** Codecs by the names that the pump gives them (RFC 6381 for browsers): a usual profile of each, since the status does not tell
 *  it. */
const parameters: Readonly<Record<string, string>> = {
  'H.264': 'avc1.64001f',
  'H.265': 'hvc1.1.6.L93.B0',
  HEVC: 'hvc1.1.6.L93.B0',
  AV1: 'av01.0.04M.08',
  VP8: 'vp8',
  VP9: 'vp9',
  Theora: 'theora',
  AAC: 'mp4a.40.2',
  MP3: 'mp3',
  Opus: 'opus',
  Vorbis: 'vorbis',
  FLAC: 'flac',
  'AC-3': 'ac-3',
  AC3: 'ac-3',
  'E-AC-3': 'ec-3',
  'E-AC3': 'ec-3',
};

/** What WebM may hold; the rest is Matroska to a browser, which fewer of them know. */
const webm = new Set(['VP8', 'VP9', 'AV1', 'Opus', 'Vorbis']);

export function wayOf({ container, tracks }: StreamTold, abilities: Abilities): Way {
  const shown = tracks.filter(({ kind }) => kind !== 'other');
  const unknown = shown.find(({ codec }) => parameters[codec] === undefined);
  if (container === 'asf') return { kind: 'not', why: 'Browsers do not play Windows Media.' };
  if (shown.length === 0) return { kind: 'not', why: 'Neither picture nor sound is known of this stream.' };
  if (unknown) return { kind: 'not', why: `Browsers do not play ${unknown.codec}.` };
  if (container === 'mpegts') {
    const refused = shown.find((track) => !abilities.buffers(fragmentType(track)));
    return refused ? { kind: 'not', why: `This browser does not play ${refused.codec}.` } : { kind: 'mpegts.js' };
  }
  const format = shown.every(({ codec }) => webm.has(codec)) ? 'webm' : 'x-matroska';
  const type = `video/${format}; codecs="${shown.map(({ codec }) => parameters[codec]).join(', ')}"`;
  const names = shown.map(({ codec }) => codec).join(' and ');
  return abilities.plays(type)
    ? { kind: 'by itself' }
    : { kind: 'not', why: `This browser does not play ${names} in ${format === 'webm' ? 'WebM' : 'Matroska'}.` };
}

/** mpegts.js makes MP4 fragments of each track; MP3 it hands on as it is. */
function fragmentType({ kind, codec }: TrackTold): string {
  return codec === 'MP3' ? 'audio/mpeg' : `${kind}/mp4; codecs="${parameters[codec]}"`;
}
