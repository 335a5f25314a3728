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
import type { Begin, Pem, Report } from './messages.ts';
import { least, verdict } from './silence.ts';

/** One that dies sooner than this after another has died of something that lasts. */
const SOON_MS = 5000;
/** Viewers get the end of their stream within 5 s (server.ts); what has not ended by then does not end. */
const STOPPING_MS = 7000;
/** Those who come while none is there to take them wait for the next, which takes less than a second. */
const MOST_WAITING = 1000;
/** Looks, one a second, for a worker to be there again; then nobody waits for it any longer. */
const NONE_COMES = 10;
/** A signal that is sent to all processes comes to the primary so soon after the worker. */
const SAME_SIGNAL_MS = 250;
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
  /** looks since there was a worker */
  #missing = 0;
  readonly #stop = new AbortController();
  readonly #replacing = new Set<Promise<void>>();
  /** workers that are asked to leave do so one after the other */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** with those that leave */
  get all(): Iterable<Member> {
    return this.#all;
  }

  /** To the one that has the fewest, of those that answer. */
  hand(scheme: Scheme, socket: Socket): void {
    const one = least(this.#members.values());
    if (one) return one.hand(scheme, socket);
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
    for (const old of this.#members.values()) {
      if (!(await this.#succeed(old))) return false;
      this.#options.log.info({ worker: old.number }, 'new build taken over');
    }
    return true;
  }

  /** Called once a second. */
  look(): void {
    const { log } = this.#options;
    this.#missing = this.#members.size > 0 ? 0 : this.#missing + 1;
    if (this.#missing > NONE_COMES) for (const [, socket] of this.#waiting.splice(0)) socket.destroy();
    for (const one of this.#all) {
      one.look();
      const about = { worker: one.number, process: one.pid, seconds: one.silence };
      const found = verdict(one);
      if (found === 'aside') {
        log.warn(about, 'worker does not answer: others get what comes');
        this.#handOn(one);
      } else if (found === 'hangs') {
        log.error(about, 'worker hangs: it is ended');
        one.kill();
      }
    }
  }

  configure(config: Config): void {
    for (const one of this.#all) one.tell({ kind: 'renew', config });
  }

  certify(certificate: Pem): void {
    for (const one of this.#all) one.tell({ kind: 'certificate', certificate });
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
    const one = member({ number, ...start() }, { report, goes: () => void this.#relieve(one) });
    this.#all.add(one);
    const forget = async () => {
      await one.gone;
      this.#all.delete(one);
      gone(one.name);
      this.#handOn(one);
    };
    void forget();
    return one;
  }

  #handOn(one: Member): void {
    for (const [scheme, socket] of one.takeBack()) this.hand(scheme, socket);
  }

  /** From now on this is the one with its number: who was that before leaves, and if it goes, another takes its place. */
  #take(one: Member): void {
    const before = this.#members.get(one.number);
    this.#members.set(one.number, one);
    if (before) this.#leave(before);
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

  /** Another takes its place. False: it does not start, and the old one stays. */
  #succeed(old: Member): Promise<boolean> {
    const { log } = this.#options;
    const succeed = async () => {
      if (this.#stop.signal.aborted) return false;
      // It has died meanwhile, or was relieved: there is another, or will be.
      if (this.#members.get(old.number) !== old) return true;
      const next = this.#fork(old.number);
      try {
        await next.ready;
        this.#take(next);
        return true;
      } catch (error) {
        next.kill();
        log.error({ worker: old.number, reason: explain(error) }, 'new worker does not start: the old one goes on');
        return false;
      }
    };
    const turn = this.#turn.then(succeed);
    this.#turn = turn;
    return turn;
  }

  /** Somebody has told it to end; whoever tells all tells the primary. */
  async #relieve(one: Member): Promise<void> {
    const { log, clock } = this.#options;
    await sleep(clock, SAME_SIGNAL_MS, this.#stop.signal);
    if (this.#stop.signal.aborted || this.#members.get(one.number) !== one) return;
    log.info({ worker: one.number, process: one.pid }, 'worker was told to leave: another takes its place');
    await this.#succeed(one);
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
