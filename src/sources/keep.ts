// The only retry loop: opens a source, has it read into a channel (reading.ts), and opens it again, until aborted.

import type { Logger } from 'pino';
import { sleep, type Clock } from '../clock.ts';
import type { Channel } from '../channels/channel.ts';
import { explain, PumpError } from '../errors.ts';
import { type Linked, linked } from '../linked.ts';
import { Pauses } from '../pauses.ts';
import type { Again } from './again.ts';
import { type Opening, Reading } from './reading.ts';

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
