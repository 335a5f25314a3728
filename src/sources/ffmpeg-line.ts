// The command line of an FFmpeg that writes a live stream to its stdout: what the user says of the input and of codecs, and ours
// around it.

import { stat } from 'node:fs/promises';

/** Warnings on stderr, each with its level; what goes on, twice a second, on file descriptor 3. */
const MANNERS = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+warning', '-progress', 'pipe:3'];

/** MP4 in pieces of 100 ms, for another FFmpeg to read; its header comes when the first frames are known. */
const PIECES = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof+delay_moov', '-frag_duration', '100000'];

/** How each container is written so that nothing is held back for long. Matroska's clusters end after 100 ms, far less than
 *  players hold; FFmpeg's own second would be a second of delay. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  matroska: ['-f', 'matroska', '-live', '1', '-cluster_time_limit', '100'],
  mpegts: ['-f', 'mpegts', '-muxdelay', '0.1', '-muxpreload', '0'],
  asf: ['-f', 'asf'],
  mp4: [...PIECES, '-bsf:a', 'aac_adtstoasc', '-f', 'mp4'],
};

/** Without random ids the same input has the same header again, by which viewers can go on. */
const END = ['-flush_packets', '1', '-fflags', '+bitexact', 'pipe:1'];

/** `-map`, and filters that put together streams of their own */
const CHOOSING = /^-(map|filter_complex|lavfi)$/;
/** FFmpeg warns of a codec that is named twice, so only what is not named is copied. */
const COPIED = [
  { named: /^-((c|codec)(:v.*)?|vcodec)$/, copy: ['-c:v', 'copy'] },
  { named: /^-((c|codec)(:a.*)?|acodec)$/, copy: ['-c:a', 'copy'] },
];
const SUBTITLES = /^-(c:s|codec:s|scodec|sn)/;
/** Somebody who is waited for may take his time. */
const LISTENING = /^-listen$|[?&]listen\b|mode=listener/;

export interface FfmpegInput {
  /** what it opens: paths, URLs, devices */
  readonly places: readonly string[];
  /** files alone, which have an end and can be had ahead of time */
  readonly isFile: boolean;
  /** it is read in real time already */
  readonly isTimed: boolean;
  readonly listens: boolean;
  /** it reads what we are given to read */
  readonly isStdin: boolean;
}

export async function inputOf(args: readonly string[]): Promise<FfmpegInput> {
  const places = args.flatMap((arg, n) => (args[n - 1] === '-i' ? [arg.replace(/^file:/, '')] : []));
  const files = await Promise.all(places.map(isFile));
  return {
    places,
    isFile: files.length > 0 && !files.includes(false),
    isTimed: args.includes('-re') || args.includes('-readrate'),
    listens: args.some((arg) => LISTENING.test(arg)),
    isStdin: places.some((place) => /^(-|pipe:0?)$/.test(place)),
  };
}

/** What is not named is copied. Of a file all tracks are taken but its cover picture, with which nobody could join; of
 *  anything else FFmpeg's own choice. Subtitles only when they are asked for: MP4's have no place in Matroska, and a muxer
 *  holds everything else back until it knows when the next of them comes. */
export function ffmpegLine(args: readonly string[], { places, isFile }: FfmpegInput, container: string): string[] {
  const split = args.lastIndexOf('-i') + 2;
  const [input, output] = [args.slice(0, split), args.slice(split)];
  const isChosen = output.some((arg) => CHOOSING.test(arg));
  const tracks = isFile && places.length === 1 ? ['-map', '0:V:0?', '-map', '0:a?'] : [];
  const choice = isChosen ? [] : output.some((arg) => SUBTITLES.test(arg)) ? tracks : [...tracks, '-sn'];
  const copied = COPIED.flatMap(({ named, copy }) => (output.some((arg) => named.test(arg)) ? [] : copy));
  return [...MANNERS, ...input, ...choice, ...copied, ...output, ...(FORMATS[container] ?? []), ...END];
}

export const canRemuxTo = (container: string): boolean => Object.hasOwn(FORMATS, container);

function isFile(place: string): Promise<boolean> {
  return stat(place).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
