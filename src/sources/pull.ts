// Takes a stream from an HTTP server: the first address that works. While a later one is read, the earlier ones are tried
// quietly, and the stream goes back as soon as one of them has healed.

import { z } from 'zod';
import { every } from '../clock.ts';
import { explain, PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { type Address, EXPECTED, readAddress } from './address.ts';
import { begun, tied, within } from './bytes.ts';
import { orOf } from './meant.ts';
import { remux } from './options.ts';
import { remuxed } from './remuxed.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';
import { type Asking, type Upstream, upstream } from './upstream.ts';

/** Each is tried in turn, up to half a minute: more would keep viewers waiting for longer than they stay. */
const MOST_ADDRESSES = 16;
/** Where there is another address to go to, one that accepts and then says nothing must not hold us. */
const FIRST_BYTES_MS = 10_000;
const LOOK_BACK_MS = 60_000;
/** A healed address is taken up at once; where nobody does (the stream was stopped), its connection is not kept. */
const TAKE_UP_MS = 10_000;

const URLS = `${EXPECTED}, or a list of 1 to ${MOST_ADDRESSES} of them`;
const url = z
  .string({ error: URLS })
  .refine((text) => readAddress(text) !== undefined, { error: orOf('pull', EXPECTED) });

const schema = z.strictObject({
  url: z
    .union([url, z.array(url, { error: URLS }).min(1, URLS).max(MOST_ADDRESSES, URLS)], { error: orOf('pull', URLS) })
    .describe(
      'Where the stream is taken from: http, https, mmsh, mms or http+unix, credentials before the host. ' +
        'Of several addresses the first that works is read; the stream goes back to an earlier one when that has healed.',
    ),
  remux,
});

export interface Options extends z.infer<typeof schema> {
  /** the stream's own key */
  readonly container?: string;
}

export const pull = {
  type: 'pull',
  schema: schema.describe('Fetched from a server, again and again until it works.'),
  create: ({ url, container, remux }: Options, means: Means): Source => {
    const source = new Pull([url].flat().map(parsed), container === undefined ? means : { ...means, container });
    return remux ? remuxed(source, means) : source;
  },
} as const satisfies SourceKind<Options>;

function parsed(text: string): Address {
  const address = readAddress(text);
  if (!address) throw new PumpError('usage', `expected ${EXPECTED}`);
  return address;
}

interface Opened {
  readonly stream: Upstream;
  /** among the addresses */
  readonly place: number;
}

class Pull implements Source {
  readonly url: string;
  readonly #addresses: readonly Address[];
  readonly #means: Asking;
  /** an earlier address that answered while a later one was read, and waits to be taken up */
  #healed: (Opened & { cancel(): void }) | undefined;

  constructor(addresses: readonly Address[], means: Asking) {
    this.url = addresses.map(({ shown }) => shown).join(', ');
    this.#addresses = addresses;
    this.#means = means;
  }

  get afterwards(): 'repeat' | 'reopen' {
    return this.#healed ? 'repeat' : 'reopen';
  }

  async open(signal: AbortSignal): Promise<Feed> {
    const healed = this.#healed;
    healed?.cancel();
    this.#healed = undefined;
    if (healed && signal.aborted) healed.stream.close();
    signal.throwIfAborted();
    return this.#feed(healed ?? (await this.#first(this.#addresses, signal)), signal);
  }

  async #first(addresses: readonly Address[], signal: AbortSignal): Promise<Opened> {
    const failures: { address: Address; error: unknown }[] = [];
    for (const [place, address] of addresses.entries()) {
      try {
        return { stream: await this.#begin(address, signal), place };
      } catch (error) {
        signal.throwIfAborted();
        failures.push({ address, error });
      }
    }
    throw summary(failures);
  }

  /** With a single address the stall limit decides how long it may be silent; with several, the next one is tried. */
  async #begin(address: Address, signal: AbortSignal): Promise<Upstream> {
    const stream = await upstream(address, this.#means, signal);
    if (this.#addresses.length === 1) return stream;
    const late = `${address.shown} answers, and sends nothing for ${FIRST_BYTES_MS / 1000} s`;
    try {
      const body = await within(this.#means.clock, FIRST_BYTES_MS, signal, late, async (patience) => {
        const bytes = tied(stream.body, patience, () => stream.close());
        return begun(bytes);
      });
      if (body) return { ...stream, body };
      throw new PumpError('upstream failed', `${address.shown} answers, and ends without a byte`);
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  #feed({ stream, place }: Opened, signal: AbortSignal): Feed {
    const stopLooking = place > 0 ? this.#lookBack(stream, place, signal) : () => {};
    const letGo = () => {
      stopLooking();
      stream.close();
    };
    const { from, says, over, ahead } = stream;
    const anew = this.#addresses[place]?.plain;
    return {
      bytes: tied(this.#read(stream), signal, letGo),
      from,
      over,
      ahead,
      ...(says !== undefined && { says }),
      ...(anew !== undefined && { anew }),
    };
  }

  async *#read({ body }: Upstream): AsyncGenerator<Buffer> {
    try {
      yield* body;
    } catch (error) {
      if (!this.#healed) throw error;
    }
  }

  #lookBack(current: Upstream, place: number, signal: AbortSignal): () => void {
    const { clock, log } = this.#means;
    const looking = linked(signal);
    let busy = false;
    const look = async () => {
      if (busy) return;
      busy = true;
      const link = linked(looking.signal); // looks are many, and this reading may go on for months
      try {
        const opened = await this.#first(this.#addresses.slice(0, place), link.signal);
        looking.signal.throwIfAborted();
        this.#heal(opened);
        log.info({ from: opened.stream.from, instead: current.from }, 'earlier address works again');
        stop();
        current.close();
      } catch (error) {
        link.unlink();
        log.debug({ reason: explain(error) }, 'earlier addresses still fail');
      } finally {
        busy = false;
      }
    };
    const stop = every(clock, LOOK_BACK_MS, () => void look());
    return () => {
      stop();
      if (!this.#healed) looking.abort();
    };
  }

  #heal(opened: Opened): void {
    const cancel = this.#means.clock.after(TAKE_UP_MS, () => {
      this.#healed = undefined;
      opened.stream.close();
    });
    this.#healed = { ...opened, cancel };
  }
}

function summary(failures: readonly { address: Address; error: unknown }[]): unknown {
  const [first] = failures;
  if (failures.length === 1) return first?.error;
  const told = failures.map(({ address, error }) => {
    const reason = explain(error);
    return reason.includes(address.shown) ? reason : `${address.shown}: ${reason}`;
  });
  return new PumpError('upstream failed', `none of ${failures.length} addresses works: ${told.join('; ')}`);
}
