// The workers of a pump: as many as there shall be, one in the place of each that dies, and others of a new build one after the
// other. A worker that is to leave does so with its last viewer, or when it has had its time.

import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { AudienceList } from '../channels/audience.ts';
import { sleep, type Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { explain } from '../errors.ts';
import type { Scheme } from '../http/doors.ts';
import { Pauses } from '../pauses.ts';
import { type Member, member } from './member.ts';
import type { Begin, Report } from './messages.ts';

/** One that dies sooner than this after another has died of something that lasts. */
const SOON_MS = 5000;
/** Viewers get the end of their stream within 5 s (server.ts); what has not ended by then does not end. */
const STOPPING_MS = 7000;
/** Those who come while none is there to take them wait for the next, which takes less than a second. */
const MOST_WAITING = 1000;
/** Whoever watches a programme to its end is not cut off by a new build; but an old one does not stay for ever. */
const LEAVING_MS = 3_600_000;

export interface CrewOptions {
  readonly count: number;
  /** what a worker that is started now is told */
  readonly start: () => Omit<Begin, 'kind' | 'messages' | 'number'>;
  readonly report: (report: Report, from: string) => void;
  /** its viewers are gone */
  readonly gone: (from: string) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Map<number, Member>();
  readonly #all = new Set<Member>();
  readonly #waiting: [Scheme, Socket][] = [];
  readonly #stop = new AbortController();
  readonly #replacing = new Set<Promise<void>>();

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** with those that leave */
  get all(): Iterable<Member> {
    return this.#all;
  }

  /** To the one that has the fewest. */
  hand(scheme: Scheme, socket: Socket): void {
    let least: Member | undefined;
    for (const one of this.#members.values()) if (!least || one.load < least.load) least = one;
    if (least) return least.hand(scheme, socket);
    if (this.#waiting.length >= MOST_WAITING || this.#stop.signal.aborted) return void socket.destroy();
    this.#waiting.push([scheme, socket]);
  }

  /** Starts them; resolves once all take connections. Rejects where one cannot begin. */
  async begin(): Promise<void> {
    const members = Array.from({ length: this.#options.count }, (_, n) => this.#fork(n + 1));
    await Promise.all(members.map(({ ready }) => ready));
    for (const one of members) this.#take(one);
  }

  /** Others of the build that lies there now take the place of all, one after the other. False: it does not start. */
  async renew(): Promise<boolean> {
    const { log } = this.#options;
    for (const old of this.#members.values()) {
      if (this.#stop.signal.aborted) return false;
      const next = this.#fork(old.number);
      try {
        await next.ready;
      } catch (error) {
        next.kill();
        log.error({ worker: old.number, reason: explain(error) }, 'new build does not start: the old one goes on');
        return false;
      }
      this.#take(next);
      this.#leave(old);
      log.info({ worker: old.number }, 'new build taken over');
    }
    return true;
  }

  configure(config: Config): void {
    for (const one of this.#all) one.tell({ kind: 'renew', config });
  }

  /** Viewers of a stream one by one, with numbers that tell whose they are. */
  async lists(path: string): Promise<AudienceList[]> {
    const members = [...this.#all];
    const answers = await Promise.all(members.map((one) => one.ask({ path })));
    return answers.flatMap(({ list }, n) => {
      const named = list?.viewers.map((viewer) => ({ ...viewer, id: `${members[n]?.name}.${viewer.id}` }));
      return list && named ? [{ ...list, viewers: named }] : [];
    });
  }

  async drop(path: string, id: string): Promise<boolean> {
    for (const one of this.#all) {
      if (!id.startsWith(`${one.name}.`)) continue;
      const { isDropped = false } = await one.ask({ path, drop: id.slice(one.name.length + 1) });
      return isDropped;
    }
    return false;
  }

  reopen(): void {
    for (const one of this.#all) one.tell({ kind: 'reopen' });
  }

  /** Resolves when none is left. */
  async end(): Promise<void> {
    this.#stop.abort();
    for (const [, socket] of this.#waiting) socket.destroy();
    for (const one of this.#all) one.tell({ kind: 'stop' });
    const cancel = this.#options.clock.after(STOPPING_MS, () => {
      for (const one of this.#all) one.kill();
    });
    await Promise.all([...[...this.#all].map(({ gone }) => gone), ...this.#replacing]);
    cancel();
  }

  #fork(number: number): Member {
    const { start, report, gone } = this.#options;
    const one = member({ number, ...start() }, report);
    this.#all.add(one);
    const forget = async () => {
      await one.gone;
      this.#all.delete(one);
      gone(one.name);
    };
    void forget();
    return one;
  }

  /** From now on there is one with this number: if it goes, another takes its place. */
  #take(one: Member): void {
    this.#members.set(one.number, one);
    this.#options.log.info({ worker: one.number, process: one.pid }, 'worker ready');
    for (const [scheme, socket] of this.#waiting.splice(0)) this.hand(scheme, socket);
    void this.#standIn(one, this.#options.clock.now());
  }

  async #standIn(one: Member, sinceMs: number): Promise<void> {
    const { log, clock } = this.#options;
    const how = await one.gone;
    if (this.#stop.signal.aborted || this.#members.get(one.number) !== one) return;
    this.#members.delete(one.number);
    log.error({ worker: one.number, reason: how }, 'worker died');
    const replacing = this.#replace(one.number, clock.now() - sinceMs);
    this.#replacing.add(replacing);
    await replacing;
    this.#replacing.delete(replacing);
  }

  async #replace(number: number, heldMs: number): Promise<void> {
    const { log, clock } = this.#options;
    const { signal } = this.#stop;
    const pauses = new Pauses();
    if (heldMs < SOON_MS) await sleep(clock, pauses.after(heldMs), signal);
    while (!signal.aborted) {
      const next = this.#fork(number);
      try {
        await next.ready;
        this.#take(next);
        return;
      } catch (error) {
        next.kill();
        if (!signal.aborted) log.error({ worker: number, reason: explain(error) }, 'worker does not start');
        await sleep(clock, pauses.after(0), signal);
      }
    }
  }

  #leave(old: Member): void {
    const { clock } = this.#options;
    old.tell({ kind: 'leave' });
    let cancel = clock.after(LEAVING_MS, () => {
      old.tell({ kind: 'stop' });
      cancel = clock.after(STOPPING_MS, () => old.kill());
    });
    void old.gone.then(() => cancel());
  }
}
