// Takes a stream from this machine or from a bare connection: a file (once or as a loop, by the stream's own clock), a fifo,
// stdin, a TCP or Unix socket that is called or listened on.

import type { Socket } from 'node:net';
import { z } from 'zod';
import { flag } from '../amounts.ts';
import { PumpError } from '../errors.ts';
import { tied } from './bytes.ts';
import { Callers } from './caller.ts';
import { dial, nameOf } from './dial.ts';
import { orOf } from './meant.ts';
import { loop, remux } from './options.ts';
import { openPath } from './path.ts';
import { EXPECTED, type Place, readPlace } from './place.ts';
import { remuxed } from './remuxed.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';
import { openStdin } from './stdin.ts';

const schema = z.strictObject({
  url: z
    .string({ error: EXPECTED })
    .refine((text) => readPlace(text) !== undefined, { error: orOf('file', EXPECTED) })
    .describe(
      'A file or fifo (relative to the folder that the pump was started in), a file: URL, - for stdin, tcp://HOST:PORT or unix:/PATH to call, ' +
        'and either with ?listen to be called, by one at a time.',
    ),
  loop,
  paced: flag
    .exactOptional()
    .describe(
      'Takes a pipe or a connection by the clock of the stream as well, as plain files always are: for writers that are faster than that, such as `cat`.',
    ),
  remux,
});

export const file = {
  type: 'file',
  schema: schema.describe('A file at the pace of its own clock, a fifo, stdin, or a bare connection.'),
  create: (options, means): Source => {
    const source = new FileSource(options, means);
    return options.remux ? remuxed(source, means) : source;
  },
} as const satisfies SourceKind<z.infer<typeof schema>>;

/** Stdin cannot be opened again: whoever rests there is waited for, for a day. */
const STDIN_STALL_MS = 86_400_000;

class FileSource implements Source {
  readonly url: string;
  readonly #place: Place;
  readonly #means: Means;
  readonly #loop: boolean;
  readonly #paced: boolean;
  /** where it is to be called */
  readonly #callers: Callers | undefined;
  #afterwards: Source['afterwards'];

  constructor({ url, loop = false, paced = false }: z.infer<typeof schema>, means: Means) {
    const place = readPlace(url);
    if (!place) throw new PumpError('usage', `expected ${EXPECTED}`);
    this.url = url;
    this.#place = place;
    this.#means = means;
    this.#loop = loop;
    this.#paced = paced;
    if (place.kind === 'socket' && place.listen) this.#callers = new Callers(place.door, means);
    this.#afterwards = 'reopen';
  }

  get afterwards(): Source['afterwards'] {
    return this.#afterwards;
  }

  get stallMs(): number | undefined {
    return this.#place.kind === 'stdin' ? STDIN_STALL_MS : undefined;
  }

  async open(signal: AbortSignal): Promise<Feed> {
    const feed = await this.#open(signal);
    return this.#paced ? { ...feed, ahead: true } : feed;
  }

  async #open(signal: AbortSignal): Promise<Feed> {
    signal.throwIfAborted();
    // Until it is open, what went wrong (no such file, a port that is taken) will be so for a while: not again at once.
    this.#afterwards = 'reopen';
    const place = this.#place;
    if (place.kind === 'stdin') {
      this.#afterwards = 'finish';
      return openStdin(signal);
    }
    if (place.kind === 'path') return this.#path(place.path, signal);
    const { clock } = this.#means;
    if (this.#callers) {
      const called = await this.#callers.next(signal);
      this.#afterwards = 'wait';
      const { socket, from } = called;
      return { bytes: tied(received(socket, from), signal, () => called.letGo()), from };
    }
    const socket = await dial(place.door, { clock, signal });
    const from = nameOf(place.door);
    return { bytes: tied(received(socket, from), signal, () => socket.destroy()), from };
  }

  async #path(path: string, signal: AbortSignal): Promise<Feed> {
    const { bytes, live } = await openPath(path, this.#means.clock, signal);
    this.#afterwards = live ? 'wait' : this.#loop ? 'repeat' : 'finish';
    return { bytes, from: path, ahead: !live, ...(!live && { anew: `file:${path}` }) };
  }
}

async function* received(socket: Socket, from: string): AsyncGenerator<Buffer> {
  try {
    yield* socket as AsyncIterable<Buffer>;
  } catch (error) {
    throw new PumpError('upstream failed', `${from} broke the connection off`, { cause: error });
  }
}
