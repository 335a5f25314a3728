// The pump's streams, which come and go while it runs. What befalls one of them ends no other. HTTP sees them as a map, with
// paths in lower case, in the order of the configuration.

import { setMaxListeners } from 'node:events';
import { LINGER_MS, unwanted } from '../channels/on-demand.ts';
import { sleep } from '../clock.ts';
import { PumpError } from '../errors.ts';
import type { Stream } from '../http/stream.ts';
import { Opened, type Surroundings } from './opened.ts';
import { isSame, type Plan } from './plan.ts';

/** How often it is looked whether the last viewer has gone. */
const LOOK_MS = 100;

/** The paths of the streams that a renewal touched. */
export interface Renewal {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export class Streams {
  readonly #around: Surroundings;
  readonly #opened = new Map<string, Opened>();
  readonly #shown = new Map<string, Stream>();
  /** taken away, with viewers who still read what came */
  readonly #leaving = new Map<Opened, Promise<void>>();
  /** those that nobody has configured */
  readonly #passing = new Set<string>();
  readonly #stop = new AbortController();

  constructor(plans: readonly Plan[], around: Surroundings) {
    setMaxListeners(0, this.#stop.signal); // as many as there are streams
    this.#around = around;
    for (const plan of distinct(plans)) this.#add(plan);
  }

  /** What there is just now: it changes under whoever holds it. */
  get all(): ReadonlyMap<string, Stream> {
    return this.#shown;
  }

  get plans(): readonly Plan[] {
    return [...this.#opened.values()].map(({ plan }) => plan);
  }

  /** Opens the sources. */
  run(): void {
    for (const opened of this.#opened.values()) this.#run(opened);
  }

  /** Resolves when all sources are over and nobody watches any more; rejects when one of them failed for good, after the
   *  others. */
  async seenOff(): Promise<void> {
    const opened = [...this.#opened.values()];
    const ends = await Promise.allSettled(opened.map((one) => one.run()));
    while (!this.#stop.signal.aborted && opened.some(({ channel }) => channel.viewers > 0))
      await sleep(this.#around.clock, LOOK_MS, this.#stop.signal);
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Adds a stream and opens its source. */
  open(plan: Plan): Stream {
    const opened = this.#add(plan);
    this.#run(opened);
    return opened.stream;
  }

  /** A stream that nobody has configured: there while somebody watches it or waits to, and a while longer, where anything came
   *  of it. Throws when there are `most` of them. */
  pass(plan: Plan, most: number): Stream {
    const there = this.#opened.get(keyOf(plan));
    if (there) return there.stream;
    if (this.#passing.size >= most)
      throw new PumpError('full', 'As many groups are being watched as may be at once: try again later.', {
        headers: { 'Retry-After': '30' },
      });
    const stream = this.open(plan);
    const { signal } = this.#stop;
    const { channel } = stream;
    this.#passing.add(keyOf(plan));
    void unwanted(channel, this.#around.clock, signal, () => (channel.live ? LINGER_MS : 0)).then(() => {
      this.#passing.delete(keyOf(plan));
      return signal.aborted ? undefined : this.close(plan.path);
    });
    return stream;
  }

  /** Takes a stream away: its viewers are told the end. Resolves when its source is let go of. */
  async close(path: string): Promise<void> {
    const key = path.toLowerCase();
    const opened = this.#opened.get(key);
    if (!opened) return;
    this.#opened.delete(key);
    this.#shown.delete(key);
    await opened.rest();
    const left = opened.leave(this.#stop.signal).finally(() => this.#leaving.delete(opened));
    this.#leaving.set(opened, left);
  }

  /** Drops what the source is at and opens it anew at once; viewers stay, as over any interruption. */
  restart(path: string, why: string): void {
    const opened = this.#opened.get(path.toLowerCase());
    opened?.again(why);
    if (opened) this.#run(opened);
  }

  /** Switches a stream on or off until the configuration is read anew. */
  async enable(path: string, enabled: boolean): Promise<void> {
    const opened = this.#opened.get(path.toLowerCase());
    if (opened) await this.#change(opened, { ...opened.plan, enabled });
  }

  /** Goes by these plans from now on; streams that stay as they are, and their viewers, notice nothing. What is taken away
   *  lets go before anything new is opened, which may want its place (a port, a device). */
  async renew(plans: readonly Plan[]): Promise<Renewal> {
    const next = new Map(distinct(plans).map((plan) => [keyOf(plan), plan]));
    const before = [...this.#opened].flatMap(([key, one]) => (this.#passing.has(key) ? [] : one));
    const removed = before.filter(({ plan }) => next.get(keyOf(plan))?.path !== plan.path);
    await Promise.all(removed.map(({ plan }) => this.close(plan.path)));
    const changed = before.filter((one) => {
      const plan = next.get(keyOf(one.plan));
      return plan?.path === one.plan.path && !isSame(plan, one.plan);
    });
    await Promise.all(changed.map((one) => this.#change(one, next.get(keyOf(one.plan)) ?? one.plan)));
    if (this.#stop.signal.aborted) return { added: [], removed: [], changed: [] };
    const added = [...next.values()].filter((plan) => !this.#opened.has(keyOf(plan)));
    for (const plan of added) this.open(plan);
    this.#arrange([...next.keys(), ...this.#passing]);
    const paths = (list: readonly Opened[]) => list.map(({ plan }) => plan.path);
    return { added: added.map(({ path }) => path), removed: paths(removed), changed: paths(changed) };
  }

  /** The pump stops, and viewers are told so. Resolves when all sources are let go of. */
  async end(): Promise<void> {
    const opened = [...this.#opened.values()];
    // Before the sources hear of it: viewers are to be told that the pump stops, not that their stream has ended.
    for (const { channel } of opened) channel.close();
    this.#stop.abort();
    await Promise.all([...opened.map((one) => one.rest()), ...this.#leaving.values()]);
  }

  #add(plan: Plan): Opened {
    const opened = new Opened(plan, this.#around);
    this.#opened.set(keyOf(plan), opened);
    this.#shown.set(keyOf(plan), opened.stream);
    return opened;
  }

  #run(opened: Opened): void {
    if (this.#stop.signal.aborted) return; // what is opened now, nobody would let go of
    const { log, untilOver } = this.#around;
    opened.run().catch((error: unknown) => {
      if (!untilOver) log.error({ stream: opened.plan.path, err: error }, 'stream failed');
    });
  }

  async #change(opened: Opened, plan: Plan): Promise<void> {
    const changing = opened.change(plan);
    this.#shown.set(keyOf(plan), opened.stream);
    await changing;
    this.#run(opened);
  }

  /** As people have written them. */
  #arrange(keys: readonly string[]): void {
    const streams = keys.flatMap((key) => this.#shown.get(key) ?? []);
    this.#shown.clear();
    for (const stream of streams) this.#shown.set(keyOf(stream), stream);
  }
}

function keyOf({ path }: { readonly path: string }): string {
  return path.toLowerCase();
}

/** A stream that is switched off may have the path of another. */
function distinct(plans: readonly Plan[]): Plan[] {
  const taken = new Map<string, Plan>();
  for (const plan of plans) if (!taken.get(keyOf(plan))?.enabled) taken.set(keyOf(plan), plan);
  return [...taken.values()];
}
