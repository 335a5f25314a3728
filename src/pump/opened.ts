// One stream as long as it is there: its channel, which stays, and a source that may be dropped, opened again or become
// another one. What HTTP has to know of it is a value (`stream`), made anew when something of it changes.

import type { Logger } from 'pino';
import { Channel } from '../channels/channel.ts';
import { onDemand } from '../channels/on-demand.ts';
import type { Tempo } from '../channels/tempo.ts';
import { sleep, type Clock } from '../clock.ts';
import { byName } from '../containers/index.ts';
import type { Destination } from '../datagrams/destination.ts';
import type { Stream } from '../http/stream.ts';
import type { Around } from '../log.ts';
import { Sending } from '../outlets/sending.ts';
import { type Session, sessionAt } from '../sdp/session.ts';
import { Again } from '../sources/again.ts';
import { keep } from '../sources/keep.ts';
import { Inbox } from '../sources/push.ts';
import type { Means, Source } from '../sources/source.ts';
import { isFromTheSame, type Plan } from './plan.ts';

export interface Surroundings extends Around {
  readonly proxy?: Means['proxy'];
  /** this pump among all pumps */
  readonly self: string;
  /** a stream whose source is over is over, instead of being waited for */
  readonly untilOver: boolean;
  readonly tempo: Tempo;
  /** its sources are another process of this pump, which tells how they are, and is asked again at once */
  readonly isPart?: boolean;
}

/** Where the source is another process of the same machine. */
const LONGEST_PAUSE_MS = 1000;

/** Viewers of a stream that is taken away may still read what came of it for so long. */
const ENDING_MS = 10_000;
/** How often it is looked whether the last of them has gone. */
const LOOK_MS = 100;

export class Opened {
  readonly channel: Channel;
  readonly #clock: Clock;
  readonly #means: Means;
  readonly #keeping: { readonly untilOver: boolean; readonly longestPauseMs?: number };
  /** what happens to the source */
  readonly #sourceLog: Logger;
  readonly #pumps = new Set<readonly string[]>();
  readonly #again = new Again();
  readonly #sending: Sending;
  #plan: Plan;
  #source: Source;
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** it ended by itself */
  #isOver = false;
  /** what was running before has let go */
  #rested: Promise<unknown> = Promise.resolve();

  constructor(plan: Plan, { clock, proxy, self, untilOver, tempo, isPart = false, ...around }: Surroundings) {
    const { path, limits } = plan;
    const log = around.log.child({ stream: path });
    const waiting = () => [...new Set([...this.#pumps].flat())];
    this.#plan = plan;
    this.#clock = clock;
    this.#means = { log, clock, self: `${self}/${path}`, waiting, ...(proxy && { proxy }) };
    this.#source = plan.source(this.#means);
    this.channel = new Channel({ limits, clock, log, tempo, examines: !isPart });
    this.#sending = new Sending(this.channel, this.#means);
    this.#sourceLog = isPart && !log.isLevelEnabled('debug') ? log.child({}, { level: 'error' }) : log;
    this.#keeping = { untilOver, ...(isPart && { longestPauseMs: LONGEST_PAUSE_MS }) };
  }

  get plan(): Plan {
    return this.#plan;
  }

  get stream(): Stream {
    const { path, title, type, enabled, watch, publish, limits, backups, multicastTo = [] } = this.#plan;
    const container = containerOf(this.#plan);
    const now = () => this.#source;
    return {
      path,
      ...(title !== undefined && { title }),
      type,
      enabled,
      url: this.#source.url,
      channel: this.channel,
      get sessions() {
        return [...sentTo(multicastTo), ...receivedBy(now())].map((session) => ({ ...session, title: title ?? path }));
      },
      ...(this.#source.elsewhere && { elsewhere: true }),
      pumps: this.#pumps,
      sentTo: () => this.#sending.status(),
      ...(this.#source instanceof Inbox && { inbox: this.#source }),
      ...(container && { container }),
      ...(backups && { backups }),
      watch,
      publish,
      limits,
    };
  }

  /** Resolves when the source is over or was told to end; rejects when it failed for good. */
  run(): Promise<void> {
    this.#running ??= this.#begin(this.#stop.signal);
    this.#rested = Promise.all([this.#rested, this.#sending.to((this.#plan.enabled && this.#plan.multicastTo) || [])]);
    return this.#running;
  }

  /** The source is let go of, and viewers are told the end. */
  async rest(): Promise<void> {
    const running = this.#running?.catch(() => {}); // told where it was run
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#running = undefined;
    this.#rested = Promise.all([this.#rested, running, this.#sending.to([])]);
    await this.#rested;
  }

  /** Drops what the source is at, and opens it anew at once; one that is over, when it is run again. */
  again(why: string): void {
    this.#again.now(why);
    if (this.#isOver) this.#running = undefined;
  }

  /** Goes by another plan from now on. Viewers notice when the source is another one, as over an interruption; they are told
   *  the end only where the stream is switched off, or comes to be opened on demand or no longer so. */
  async change(plan: Plan): Promise<void> {
    const before = this.#plan;
    const wasOpened = this.#isOpened;
    this.#plan = plan;
    this.channel.limit(plan.limits);
    const isOther = !isFromTheSame(plan, before);
    if (isOther) this.#source = plan.source(this.#means);
    if (this.#isOpened !== wasOpened || plan.onDemand !== before.onDemand) await this.rest();
    else if (isOther) this.again('the configuration names another source');
  }

  /** The stream is taken away: it is let go of when its viewers have read what came, or have had time to. */
  async leave(signal: AbortSignal): Promise<void> {
    await this.rest();
    const sinceMs = this.#clock.now();
    while (this.channel.viewers > 0 && !signal.aborted && this.#clock.now() - sinceMs < ENDING_MS)
      await sleep(this.#clock, LOOK_MS, signal);
    this.channel.close();
  }

  get #isOpened(): boolean {
    return this.#plan.enabled && !this.#source.elsewhere;
  }

  async #begin(signal: AbortSignal): Promise<void> {
    this.#isOver = false;
    await this.#rested;
    if (this.#isOpened) await this.#read(signal);
    this.#isOver = !signal.aborted;
  }

  #read(signal: AbortSignal): Promise<void> {
    const log = this.#sourceLog;
    const clock = this.#clock;
    const opening = () => {
      const { limits, program } = this.#plan;
      return { ...limits, program, source: this.#source, container: containerOf(this.#plan) };
    };
    const read = (until: AbortSignal) =>
      keep(opening, this.channel, { ...this.#keeping, clock, log, again: this.#again }, until);
    return this.#plan.onDemand ? onDemand(this.channel, clock, read, signal) : read(signal);
  }
}

/** What goes to one machine is nobody else's. */
function sentTo(destinations: readonly Destination[]): Session[] {
  return destinations.flatMap(({ group, ttl }) => (group.isMulticast ? [{ ...sessionAt(group), ttl }] : []));
}

/** What it is received by, or told to be. */
function receivedBy({ session }: Source): Session[] {
  return session ? [session] : [];
}

function containerOf({ container }: Plan) {
  return container === undefined ? undefined : byName(container);
}
