// The only retry loop: opens a source, drives its bytes through the framer into a channel, and opens it again, until
// aborted. What the container knows of carrying times on over an interruption is applied here.

import type { Logger } from 'pino';
import { every, sleep, type Clock } from '../clock.ts';
import type { Channel } from '../channels/channel.ts';
import type { Choices, Container, Part, Splice } from '../containers/container.ts';
import { Framer } from '../containers/framer.ts';
import { explain, PumpError } from '../errors.ts';
import { type Linked, linked } from '../linked.ts';
import { tally } from '../log.ts';
import { Pauses } from '../pauses.ts';
import type { Again } from './again.ts';
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

interface Keeping {
  readonly clock: Clock;
  readonly log: Logger;
  readonly again?: Again;
  /** For somebody who waits for the end: a file is over at its end, and what fails before anything came of it, or cannot be
   *  had again, is not tried again but thrown. */
  readonly untilOver?: boolean;
  /** how long to wait between two tries at the most, where that is less than usual */
  readonly longestPauseMs?: number;
}

const STALL_MS = 15_000;

/** What FFmpeg could open as well: HLS, an MP4, a camera's pictures. */
const REMUX = ', or `remux: true`, which lets FFmpeg copy it';

/** How reading a feed ended: its format said that the stream is over, or the bytes just ended. */
type End = 'over' | 'ended';

/** `present` is asked before each opening: it may be another one then. */
export async function keep(
  present: () => Opening,
  channel: Channel,
  { clock, log, again, untilOver = false, longestPauseMs }: Keeping,
  signal: AbortSignal,
): Promise<void> {
  const reading = new Reading(channel, clock, log);
  const pauses = new Pauses(longestPauseMs);
  const either = () => (again ? linked(signal, again.signal) : linked(signal));
  const valid = (link: Linked) => {
    if (!link.signal.aborted) return link;
    link.unlink();
    reading.news.forget();
    return either();
  };
  let link = either();
  for (; !signal.aborted; link = valid(link)) {
    const until = link.signal;
    const opening = present();
    const { source } = opening;
    const sinceMs = clock.now();
    channel.opening();
    let pausing: boolean;
    try {
      const end = await reading.once(opening, until);
      if (untilOver && !reading.hasBegun)
        throw new PumpError('malformed', `there is nothing to send in ${reading.from}`);
      const repeats = source.afterwards === 'repeat';
      pausing = source.afterwards === 'reopen';
      reading.isRepeat = repeats;
      log[repeats ? 'debug' : 'info']({ reason: end, from: source.url }, 'source ended');
      if (source.afterwards === 'finish' || (untilOver && reading.isFile && !repeats)) break;
      if (end === 'over' && !repeats) channel.over();
      else if (!repeats) channel.lost('the source ended');
    } catch (error) {
      if (signal.aborted) break;
      reading.isRepeat = false;
      if (until.aborted) {
        log.info({ reason: explain(until.reason), from: source.url }, 'source dropped');
        channel.lost(explain(until.reason));
        continue;
      }
      if (untilOver && (source.afterwards === 'finish' || !reading.hasBegun)) {
        channel.over();
        throw error;
      }
      reading.news.failed(error, source.url);
      channel.lost(explain(error));
      pausing = source.afterwards !== 'wait';
    }
    if (pausing) await sleep(clock, pauses.after(clock.now() - sinceMs), until);
  }
  link.unlink();
  channel.over();
}

/** What outlives a single feed: the splices and the pace go on over interruptions and loops. */
class Reading {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly news: News;
  readonly #splices = new Map<Container, Splice>();
  readonly #pace: Pace;
  readonly #lost: ReturnType<typeof tally>;
  #heardAtMs = 0;
  #isPacing = false;
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
