// Takes whatever FFmpeg can open: a child process that copies it into a container known here. Arguments are passed on as they
// are and never seen by a shell.

import { z } from 'zod';
import { PumpError } from '../errors.ts';
import { withoutCredentials } from '../log.ts';
import { canRemuxTo, inputOf } from './ffmpeg-line.ts';
import { loop } from './options.ts';
import { REMUXED, remux } from './remux.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';

/** More than any input needs, less than a command line may have. */
const MOST_ARGUMENTS = 64;
const LONGEST_ARGUMENT = 4096;

const INPUT = `a list of 1 to ${MOST_ARGUMENTS} arguments of FFmpeg such as ['-f', 'x11grab', '-i', ':0.0', '-c:v', 'libx264'], or of what it is to open alone, such as ['rtsp://camera.example/stream']`;
const argument = z
  .string({ error: INPUT })
  .min(1, INPUT)
  .max(LONGEST_ARGUMENT, INPUT)
  .refine((text) => !text.includes('\0'), INPUT);

const schema = z.strictObject({
  input: z
    .array(argument, { error: INPUT })
    .min(1, INPUT)
    .max(MOST_ARGUMENTS, INPUT)
    .refine((args) => args.slice(0, -1).includes('-i') || isAlone(args), INPUT)
    .describe(
      'Arguments of FFmpeg as they stand before the output: options, -i and what to open, codecs. What is not named is copied. One alone is what to open.',
    ),
  loop,
});

export interface Options extends z.infer<typeof schema> {
  /** the stream's own key: what FFmpeg writes */
  readonly container?: string;
}

export const ffmpeg = {
  type: 'ffmpeg',
  schema: schema.describe('Whatever FFmpeg opens, copied into a container known here; FFmpeg is run for it.'),
  create: (options, means): Source => new Ffmpeg(options, means),
} as const satisfies SourceKind<Options>;

const isAlone = (args: readonly string[]) => args.length === 1 && !/^-./.test(args[0] ?? '');

class Ffmpeg implements Source {
  readonly url: string;
  readonly #args: readonly string[];
  readonly #container: string;
  readonly #loop: boolean;
  readonly #means: Means;
  #afterwards: Source['afterwards'] = 'reopen';
  /** the run before, which may still hold a camera or a port */
  #gone: Promise<unknown> = Promise.resolve();

  constructor({ input, loop = false, container = REMUXED }: Options, means: Means) {
    if (!canRemuxTo(container)) throw new PumpError('usage', `ffmpeg is not asked to write ${container}`);
    this.#args = isAlone(input) ? ['-i', ...input] : input;
    const places = this.#args.filter((_, n) => this.#args[n - 1] === '-i');
    this.url = places.map((place) => withoutCredentials(place.replace(/^file:/, ''))).join(', ');
    this.#container = container;
    this.#loop = loop;
    this.#means = means;
  }

  get afterwards(): Source['afterwards'] {
    return this.#afterwards;
  }

  async open(signal: AbortSignal): Promise<Feed> {
    signal.throwIfAborted();
    await this.#gone;
    this.#afterwards = 'reopen';
    const input = await inputOf(this.#args);
    if (input.isStdin && process.stdin.isTTY)
      throw new PumpError('upstream failed', 'stdin is a terminal: send a stream into it');
    const job = { args: this.#args, input, container: this.#container, shown: this.url };
    const bytes = await remux(job, this.#means, signal, (gone) => (this.#gone = Promise.all([this.#gone, gone])));
    this.#afterwards = input.isFile ? (this.#loop ? 'repeat' : 'finish') : input.isStdin ? 'finish' : 'reopen';
    return { bytes, from: this.url, says: this.#container, ahead: input.isFile && !input.isTimed };
  }
}
