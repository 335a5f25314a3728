// One run of FFmpeg as the bytes of a feed: there as soon as it has opened its input and begun to write, and one sentence with
// its own reason where it cannot.

import { isHeaderAlone } from '../containers/matroska/header.ts';
import { codeOf, PumpError } from '../errors.ts';
import type { Around } from '../log.ts';
import { begun, tied, within } from './bytes.ts';
import { type Child, type Ended, startChild } from './child.ts';
import { complaints, type Complaints, reports } from './complaints.ts';
import { type FfmpegInput, ffmpegLine, inputOf } from './ffmpeg-line.ts';
import { trouble } from './trouble.ts';

/** FFmpeg looks at a live input for 5 s to know its tracks; cameras and playlists take some seconds before that. */
const OPENING_MS = 60_000;
/** The longest that a timer can wait. */
const FOREVER_MS = 2 ** 31 - 1;

/** What everything becomes that is no container known here, unless another is named. */
export const REMUXED = 'matroska';

export interface Remux {
  readonly args: readonly string[];
  readonly input: FfmpegInput;
  readonly container: string;
  /** for people: what it opens */
  readonly shown: string;
  /** what it is to read on its stdin */
  readonly fed?: AsyncIterable<Buffer>;
}

/** AAC as it is in MPEG-TS, HLS and radio streams has its set-up in each frame; Matroska wants it in the header, before FFmpeg has
 *  looked at a frame, and a live one cannot be mended later. */
const UNSET = /AAC extradata/;

type Runs = (gone: Promise<unknown>) => void;

/** `runs` hears of each process as soon as there is one: a promise that resolves when it is gone. */
export async function remux(
  job: Remux,
  around: Around,
  signal: AbortSignal,
  runs: Runs,
): Promise<AsyncIterable<Buffer>> {
  try {
    return await once(job, around, signal, runs);
  } catch (error) {
    const isSpent = job.fed !== undefined || job.input.isStdin;
    if (isSpent || !(error instanceof PumpError && UNSET.test(error.message))) throw error;
    // Pieces of MP4 are begun late enough to know it, so it goes by way of them.
    const fed = await once({ ...job, container: 'mp4' }, around, signal, runs);
    const args = ['-i', 'pipe:0', '-map', '0'];
    return once({ ...job, args, input: await inputOf(args), fed }, around, signal, runs);
  }
}

async function once(
  job: Remux,
  { log, clock }: Around,
  signal: AbortSignal,
  runs: Runs,
): Promise<AsyncIterable<Buffer>> {
  const { args, input, container, shown, fed } = job;
  const heard = complaints(log, clock);
  const order = {
    program: 'ffmpeg',
    args: ffmpegLine(args, input, container),
    stdin: fed ?? (input.isStdin ? 'inherit' : 'ignore'),
    said: (line: string) => heard.hear(line),
    reported: reports(log, clock),
  } as const;
  const child = await startChild(order, clock).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? missing() : trouble('ffmpeg', error);
  });
  runs(child.ended);
  const bytes = written(child, job, heard);
  const late = `ffmpeg has sent nothing of ${shown} for ${OPENING_MS / 1000} s`;
  const opening = (patience: AbortSignal) => begun(tied(bytes, patience, () => child.letGo()));
  const whole = (await within(clock, input.listens ? FOREVER_MS : OPENING_MS, signal, late, opening)) ?? bytes;
  return tied(whole, signal, () => child.letGo());
}

/** What FFmpeg says of an MP4 whose index comes at its end, when it cannot go back. */
const NO_INDEX = /partial file|moov atom not found/;
const INDEX_FIRST = 'an MP4 that comes through a pipe needs its index first: make it with -movflags faststart';

/** A header alone is nothing yet: FFmpeg may fail over it, or find nothing to send after it. */
async function* written({ bytes, ended }: Child, job: Remux, heard: Complaints): AsyncGenerator<Buffer> {
  const { shown } = job;
  const isPiped = job.input.isStdin || job.fed !== undefined;
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (head === undefined) yield chunk;
    else {
      head = Buffer.concat([head, chunk]);
      if (isHeaderAlone(head)) continue;
      yield head;
      head = undefined;
    }
  }
  const how = await ended;
  if (how.starved !== undefined) throw trouble(shown, how.starved);
  if (how.missing) throw missing();
  const failure = failureOf(how, heard.reason);
  if (head === undefined && failure === undefined) return;
  const what =
    head === undefined ? 'broke off with' : failure === undefined ? 'finds nothing to send in' : 'cannot open';
  const why = [failure ?? heard.reason, isPiped && NO_INDEX.test(heard.reason) ? INDEX_FIRST : '']
    .filter(Boolean)
    .join('; ');
  throw new PumpError('upstream failed', `ffmpeg ${what} ${shown}${why && `: ${why}`}`);
}

function missing(): PumpError {
  const told = 'install it (Debian: apt-get install ffmpeg), or send ASF, MPEG-TS or Matroska';
  return new PumpError('upstream failed', `ffmpeg is not installed: ${told}`);
}

function failureOf({ code, signal }: Ended, reason: string): string | undefined {
  if (code === 0) return undefined;
  return reason || (signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`);
}
