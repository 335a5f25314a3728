// One run of FFmpeg as the bytes of a feed: there as soon as it has opened its input and begun to write, and one sentence with
// its own reason where it cannot.

import { PumpError } from '../errors.ts';
import { begun, tied, within } from './bytes.ts';
import { type Ended, startChild } from './child.ts';
import { complaints, reports } from './complaints.ts';
import { type FfmpegInput, ffmpegLine } from './ffmpeg-line.ts';
import type { Means } from './source.ts';
import { trouble } from './trouble.ts';

/** FFmpeg looks at a live input for 5 s to know its tracks; cameras and playlists take some seconds before that. */
const OPENING_MS = 60_000;
/** The longest that a timer can wait. */
const FOREVER_MS = 2 ** 31 - 1;

const MISSING = 'ffmpeg is not installed: install it (Debian: apt-get install ffmpeg), or send ASF or Matroska';

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

/** `runs` hears of the process as soon as there is one: a promise that resolves when it is gone. */
export async function remux(
  { args, input, container, shown, fed }: Remux,
  { log, clock }: Pick<Means, 'log' | 'clock'>,
  signal: AbortSignal,
  runs: (gone: Promise<unknown>) => void,
): Promise<AsyncIterable<Buffer>> {
  const heard = complaints(log, clock);
  const child = await startChild(
    {
      program: 'ffmpeg',
      args: ffmpegLine(args, input, container),
      stdin: fed ?? (input.isStdin ? 'inherit' : 'ignore'),
      said: (line) => heard.hear(line),
      reported: reports(log, clock),
    },
    clock,
  );
  runs(child.ended);
  let wrote = false;
  async function* read(): AsyncGenerator<Buffer> {
    for await (const chunk of child.bytes) {
      wrote = true;
      yield chunk;
    }
    const ended = await child.ended;
    if (ended.starved !== undefined) throw trouble(shown, ended.starved);
    if (ended.missing) throw new PumpError('upstream failed', MISSING);
    const failure = failureOf(ended, heard.reason);
    const what = wrote ? 'broke off with' : 'cannot open';
    if (failure !== undefined) throw new PumpError('upstream failed', `ffmpeg ${what} ${shown}: ${failure}`);
    if (!wrote) throw new PumpError('upstream failed', `ffmpeg finds nothing to send in ${shown}`);
  }
  const bytes = tied(read(), signal, () => child.letGo());
  const late = `ffmpeg has sent nothing of ${shown} for ${OPENING_MS / 1000} s`;
  const opening = (patience: AbortSignal) => begun(tied(bytes, patience, () => patience.aborted && child.letGo()));
  const whole = (await within(clock, input.listens ? FOREVER_MS : OPENING_MS, signal, late, opening)) ?? bytes;
  return tied(whole, signal, () => child.letGo());
}

function failureOf({ code, signal }: Ended, reason: string): string | undefined {
  if (code === 0) return undefined;
  return reason || (signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`);
}
