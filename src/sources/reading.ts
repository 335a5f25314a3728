// Drives a source's bytes through the framer into a channel, feed after feed. What the container knows of carrying times on over an
// interruption is applied here.

import type { Logger } from 'pino';
import { every, type Clock } from '../clock.ts';
import type { Channel } from '../channels/channel.ts';
import type { Choices, Container, Part, Splice } from '../containers/container.ts';
import { Framer } from '../containers/framer.ts';
import { PumpError } from '../errors.ts';
import { type Linked, linked } from '../linked.ts';
import { tally } from '../log.ts';
import { News } from './news.ts';
import { Pace } from './pace.ts';
import { recognised } from './recognised.ts';
import type { Feed, Source } from './source.ts';
import { readTogether } from './together.ts';

/** What is to be opened, and how it is read. */
export interface Opening extends Choices {
  readonly source: Source;
  /** a source that says nothing for so long is broken; the source's own idea of it where this is left out */
  readonly stallMs?: number | undefined;
  /** the format, where the configuration says it */
  readonly container?: Container | undefined;
}

/** Longer than any sound source is silent; where neither the limits nor the source say it. */
const STALL_MS = 15_000;

/** What FFmpeg could open as well: HLS, an MP4, a camera's pictures. */
const REMUX = ', or `remux: true`, which lets FFmpeg copy it';

/** How reading a feed ended: its format said that the stream is over, or the bytes just ended. */
type End = 'over' | 'ended';

/** What outlives a single feed: the splices and the pace go on over interruptions and loops. */
export class Reading {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #splices = new Map<Container, Splice>();
  readonly #pace: Pace;
  readonly #lost: ReturnType<typeof tally>;
  #heardAtMs = 0;
  #isPacing = false;
  readonly news: News;
  /** more than a header has come */
  hasBegun = false;
  /** what was opened last: where, and whether it is a file */
  from = '';
  isFile = false;
  /** it is only begun again at its end, which nobody has to hear of each time */
  isRepeat = false;

  constructor(channel: Channel, clock: Clock, log: Logger) {
    this.#channel = channel;
    this.#clock = clock;
    this.news = new News(log);
    this.#pace = new Pace(clock);
    this.#lost = tally(log, 'source lost something', clock);
  }

  async once(opening: Opening, signal: AbortSignal): Promise<End> {
    // Whatever the source does with it, nothing of it stays when this reading is over.
    const own = linked(signal);
    try {
      return await this.#open(opening, own);
    } finally {
      own.unlink();
    }
  }

  async #open(opening: Opening, own: Linked): Promise<End> {
    const { source } = opening;
    const { signal: either } = own;
    const feed = await source.open(either);
    this.from = feed.from;
    this.isFile = feed.ahead === true && feed.anew !== undefined;
    this.news.opened(feed.from, this.isRepeat);
    const stallMs = opening.stallMs ?? source.stallMs ?? STALL_MS;
    this.#heardAtMs = this.#clock.now();
    const stopWatching = every(this.#clock, stallMs / 4, () => {
      const silentMs = Math.round(this.#clock.now() - this.#heardAtMs);
      if (!this.#isPacing && silentMs >= stallMs) own.abort(silence(stallMs));
    });
    try {
      const end = await this.#read(feed, opening, own);
      either.throwIfAborted();
      feed.done?.();
      return end;
    } catch (error) {
      const reason = either.aborted ? either.reason : error;
      feed.done?.(reason);
      throw reason;
    } finally {
      stopWatching();
    }
  }

  async #read(feed: Feed, opening: Opening, own: Linked): Promise<End> {
    const { container, framed, bytes } = await recognised(
      feed,
      opening.container,
      feed.anew === undefined ? '' : REMUX,
    );
    const framer = new Framer(framed, opening);
    const splice = this.#splice(container);
    const { from, over = [], arrivals } = feed;
    this.#channel.opened({ container, from, over, ...(arrivals && { arrivals }) });
    feed.onAway?.((why) => {
      this.news.away(why, feed.from);
      this.#channel.lost(why);
    });
    feed.onLoss?.((what, count) => {
      this.#lost({ what, items: count });
      this.#channel.take({ kind: 'loss', what, count });
    });
    if (framed.collects && !feed.ahead) {
      await readTogether(bytes, this.#channel, this.#clock, own, (chunk, cameAtMs, lainMs) => {
        for (const part of framer.push(chunk)) this.#take(splice(part, cameAtMs), cameAtMs, lainMs);
      });
    } else if (await this.#readEach({ ...feed, bytes }, framer, splice, own.signal)) return 'over';
    for (const part of framer.end()) this.#channel.take(splice(part, this.#clock.now()));
    if (framer.heldBytes > 0) this.#channel.take({ kind: 'loss', what: 'bytes', count: framer.heldBytes });
    return 'ended';
  }

  /** Resolves with true when the stream says that it is over. */
  async #readEach({ bytes, ahead }: Feed, framer: Framer, splice: Splice, signal: AbortSignal): Promise<boolean> {
    for await (const chunk of bytes) {
      const parts = framer.push(chunk);
      let step = parts.next();
      for (; !step.done; step = parts.next()) {
        const part = splice(step.value, this.#clock.now());
        if (ahead && part.kind === 'unit' && part.atMs !== undefined) await this.#due(part.atMs, signal);
        signal.throwIfAborted();
        this.#take(part, this.#clock.now());
      }
      if (step.value) return true;
    }
    return false;
  }

  #take(part: Part, cameAtMs: number, lainMs = 0): void {
    this.#heardAtMs = this.#clock.now();
    if (part.kind === 'unit') {
      this.hasBegun = true;
      this.news.came(this.from);
    }
    if (part.kind === 'loss' && part.count > 0) this.#lost({ what: part.what, items: part.count });
    this.#channel.take(part, cameAtMs, lainMs);
  }

  async #due(atMs: number, signal: AbortSignal): Promise<void> {
    this.#isPacing = true;
    await this.#pace.until(atMs, signal);
    this.#isPacing = false;
  }

  #splice(container: Container): Splice {
    let splice = this.#splices.get(container);
    if (!splice) this.#splices.set(container, (splice = container.splice()));
    return splice;
  }
}

function silence(stallMs: number): PumpError {
  return new PumpError('stalled', `nothing came for ${stallMs / 1000} s`);
}
