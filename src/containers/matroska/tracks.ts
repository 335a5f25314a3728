// The tracks that a header declares: what they carry, and what a decoder of each is set up with (RFC 9559, section 5.1.4).

import type { Track } from '../container.ts';
import { codecOf } from './codecs.ts';
import { type Element, ids, readElements, readFloat, readText, readUint } from './elements.ts';
import { malformed } from './malformed.ts';

/** Films with subtitles in every language have some sixty. */
const MOST_TRACKS = 128;

const VIDEO = 1;
const AUDIO = 2;

/** What does not matter to a decoder, so that a source that comes again with another of these is still the same stream. */
const indifferent: ReadonlySet<number> = new Set([
  ids.trackUid, // drawn anew each time by most muxers
  ids.trackName, // how it is called and when it is chosen: for people, not for decoders
  ids.codecName,
  ids.language,
  ids.languageBcp47,
  ids.flagEnabled,
  ids.flagDefault,
  ids.flagForced,
  ids.void,
  ids.crc32,
]);

export interface Declared {
  readonly track: Track;
  /** as it is written: V_VP8 */
  readonly codecId: string;
  /** all that a decoder of it is set up with */
  readonly promise: readonly string[];
}

export function readTracks(data: Buffer): Declared[] {
  const entries = whole(data).filter(({ id }) => id === ids.trackEntry);
  if (entries.length === 0) throw malformed('it declares no track; there is nothing to watch');
  if (entries.length > MOST_TRACKS)
    throw malformed(`it declares ${entries.length} tracks; leave out all but ${MOST_TRACKS}`);
  const tracks = entries.map((entry) => readTrack(whole(entry.data)));
  if (new Set(tracks.map(({ track }) => track.id)).size < tracks.length)
    throw malformed('two tracks have the same number; it is damaged');
  return tracks;
}

function readTrack(entry: readonly Element[]): Declared {
  const find = (wanted: number) => entry.find(({ id }) => id === wanted)?.data;
  const number = readUint(find(ids.trackNumber));
  if (!number) throw malformed('a track in it has no number; it is damaged');
  const type = readUint(find(ids.trackType));
  const kind = type === VIDEO ? 'video' : type === AUDIO ? 'audio' : 'other';
  const codecId = readText(find(ids.codecId));
  const language = readText(find(ids.languageBcp47) ?? find(ids.language));
  return {
    track: {
      kind,
      id: number,
      codec: codecOf(codecId, find(ids.codecPrivate)),
      ...(kind === 'video' && readVideo(find(ids.video))),
      ...(kind === 'audio' && readAudio(find(ids.audio))),
      ...(LANGUAGE.test(language) && language !== UNDETERMINED && { language }),
    },
    codecId,
    promise: promiseOf(entry, kind === 'video'),
  };
}

const LANGUAGE = /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}$/i;
const UNDETERMINED = 'und';

/** In an order of its own. FFmpeg guesses the duration of a picture from the first few, each time a little differently, and
 *  no decoder needs it; that of sound times the frames in a lace. */
function promiseOf(entry: readonly Element[], isVideo: boolean): string[] {
  return entry
    .filter(({ id }) => !indifferent.has(id) && !(isVideo && id === ids.defaultDuration))
    .map(({ id, data }) => `${id.toString(16)}=${data.toString('hex')}`)
    .toSorted();
}

function readVideo(data: Buffer | undefined): Pick<Track, 'width' | 'height'> {
  const within = data ? whole(data) : [];
  const width = readUint(within.find(({ id }) => id === ids.pixelWidth)?.data);
  const height = readUint(within.find(({ id }) => id === ids.pixelHeight)?.data);
  return width && height ? { width, height } : {};
}

/** What is left out has its value by default: mono, 8000 Hz. */
function readAudio(data: Buffer | undefined): Pick<Track, 'channels' | 'sampleRate'> {
  const within = data ? whole(data) : [];
  const find = (wanted: number) => within.find(({ id }) => id === wanted)?.data;
  const sampleRate = readFloat(find(ids.outputSamplingFrequency)) ?? readFloat(find(ids.samplingFrequency)) ?? 8000;
  return { channels: readUint(find(ids.channels)) ?? 1, sampleRate };
}

function whole(data: Buffer): Element[] {
  const elements = readElements(data);
  if (!elements) throw malformed('something in its Tracks runs past its end; it is damaged');
  return elements;
}
