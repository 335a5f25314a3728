// The workers of a pump: as many as there are to be. Each that dies is replaced, and a new build takes over from them one by one. A
// worker that is to leave does so with its last viewer, or when its time is over.

import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { sleep, type Clock } from '../clock.ts';
import { explain } from '../errors.ts';
import type { Scheme } from '../http/doors.ts';
import { Pauses } from '../pauses.ts';
import { type Member, member } from './member.ts';
import type { Begin, Report, ToWorker } from './messages.ts';
import { least, verdict } from './silence.ts';
import { Waiting } from './waiting.ts';

/** A worker that dies within this time died of something that will kill the next one too: that one is not started at once. */
const SOON_MS = 5000;
/** Viewers get the end of their stream within 5 s (http/guard.ts); a worker that has not ended by then does not end by itself. */
const STOPPING_MS = 7000;
/** A signal that is sent to all processes reaches the primary no later than this after a worker. */
const SAME_SIGNAL_MS = 250;
/** A new build does not cut off who watches a programme to its end; but the old one does not stay for ever. */
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
  /** those that take connections, by their numbers */
  readonly #members = new Map<number, Member>();
  /** with those that begin and those that leave */
  readonly #all = new Set<Member>();
  readonly #waiting = new Waiting();
  readonly #stop = new AbortController();
  readonly #replacing = new Set<Promise<void>>();
  /** workers that are asked to leave do so one after the other */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  get all(): Iterable<Member> {
    return this.#all;
  }

  /** To the worker that has the fewest, of those that answer. */
  hand(scheme: Scheme, socket: Socket): void {
    const one = least(this.#members.values());
    if (one) one.hand(scheme, socket);
    else if (this.#stop.signal.aborted) socket.destroy();
    else this.#waiting.add(scheme, socket);
  }

  /** Starts them; resolves once all take connections. Rejects where one cannot begin. */
  async begin(): Promise<void> {
    const members = Array.from({ length: this.#options.count }, (_, n) => this.#fork(n + 1));
    await Promise.all(members.map(({ ready }) => ready));
    for (const one of members) this.#take(one);
  }

  /** Workers of the build that is installed now take over from all that there are, one by one. False: it does not start. */
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
    this.#waiting.look(this.#members.size > 0);
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

  /** To all of them. */
  tell(message: ToWorker): void {
    for (const one of this.#all) one.tell(message);
  }

  /** Resolves when none is left. */
  async end(): Promise<void> {
    this.#stop.abort();
    this.#waiting.hangUp();
    this.tell({ kind: 'stop' });
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

  /** From now on this is the worker of its number: the one before leaves. When this one dies another takes its place. */
  #take(one: Member): void {
    const before = this.#members.get(one.number);
    this.#members.set(one.number, one);
    if (before) this.#leave(before);
    this.#options.log.info({ worker: one.number, process: one.pid }, 'worker ready');
    for (const [scheme, socket] of this.#waiting.take()) this.hand(scheme, socket);
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
    const { clock } = this.#options;
    const { signal } = this.#stop;
    const pauses = new Pauses();
    if (heldMs < SOON_MS) await sleep(clock, pauses.after(heldMs), signal);
    while (!signal.aborted && !(await this.#start(number, 'worker does not start')))
      await sleep(clock, pauses.after(0), signal);
  }

  /** Resolves when it takes connections; with false where it cannot, which is logged as `failed`. */
  async #start(number: number, failed: string): Promise<boolean> {
    const next = this.#fork(number);
    try {
      await next.ready;
      this.#take(next);
      return true;
    } catch (error) {
      next.kill();
      if (!this.#stop.signal.aborted) this.#options.log.error({ worker: number, reason: explain(error) }, failed);
      return false;
    }
  }

  /** Another takes its place. False: it does not start, and the old one stays. */
  #succeed(old: Member): Promise<boolean> {
    const succeed = async () => {
      if (this.#stop.signal.aborted) return false;
      // It has died meanwhile, or was relieved: there is another, or will be.
      if (this.#members.get(old.number) !== old) return true;
      return this.#start(old.number, 'new worker does not start: the old one goes on');
    };
    const turn = this.#turn.then(succeed);
    this.#turn = turn;
    return turn;
  }

  /** Somebody has told this worker to end. Who means the whole pump tells the primary as well. */
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
