// The viewers of one channel: letting them in, handing each run to all, telling who left and why.

import type { Logger } from 'pino';
import { every, type Clock } from '../clock.ts';
import type { Dress, Wire } from '../containers/wire.ts';
import type { Backlog } from './backlog.ts';
import { Elsewhere } from './elsewhere.ts';
import type { Limits } from './limits.ts';
import type { Tempo } from './tempo.ts';
import { Viewer } from './viewer.ts';
import type { Departure, Sink, Stay, Visit, Wants } from './visit.ts';

const SWEEP_MS = 1000;
/** Of those who have left, so many are remembered: enough to see why the last ones did. */
export const MOST_LEFT = 20;

export interface AudienceStatus {
  readonly viewers: number;
  readonly viewersPeak: number;
  readonly viewersTotal: number;
  readonly bytesOut: number;
  readonly skips: number;
  readonly departures: Partial<Record<Departure, number>>;
}

/** Each viewer by itself. */
export interface AudienceList {
  readonly viewers: readonly (Stay & { readonly id: string; readonly behindSeconds: number })[];
  /** the last few who have left, newest first */
  readonly left: readonly (Visit & { readonly at: string })[];
}

export class Audience {
  readonly #elsewhere = new Elsewhere();
  readonly #backlog: Backlog;
  /** for who comes from now on */
  slow: Limits['slow'];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tempo: Tempo;
  /** by their numbers, counted since the channel began */
  readonly #viewers = new Map<string, Viewer>();
  /** ways out that nobody watches by: they are sent the same, and counted nowhere */
  readonly #outlets = new Set<Viewer>();
  readonly #left: AudienceList['left'][number][] = [];
  readonly #stopSweeping: () => void;
  readonly #departures: Partial<Record<Departure, number>> = {};
  #peak = 0;
  #total = 0;
  /** of viewers who have left */
  #bytes = 0;
  #skips = 0;
  /** the stream has no source just now */
  isWaiting = false;

  constructor(options: { backlog: Backlog; slow: Limits['slow']; clock: Clock; log: Logger; tempo: Tempo }) {
    this.#backlog = options.backlog;
    this.slow = options.slow;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#tempo = options.tempo;
    this.#stopSweeping = every(options.clock, SWEEP_MS, () => this.#sweep());
  }

  /** How many watch, here and in other processes. */
  get size(): number {
    return this.#viewers.size + this.#elsewhere.viewers;
  }

  /** Somebody takes the stream, watching or not. */
  get isThere(): boolean {
    return this.#viewers.size + this.#outlets.size > 0;
  }

  /** A viewer's whole life. */
  async join(sink: Sink, wants: Wants, dress: Dress): Promise<Departure> {
    const viewer = new Viewer(sink, wants, { backlog: this.#backlog, dress, slow: this.slow, clock: this.#clock });
    if (wants.isOutlet || wants.isInside) return this.#letOut(viewer);
    this.#tempo.came();
    this.#total += 1;
    const id = String(this.#total);
    this.#viewers.set(id, viewer);
    this.#count();
    const departure = await viewer.ended;
    this.#viewers.delete(id);
    this.#tempo.left();
    this.#depart(viewer, departure);
    return departure;
  }

  async #letOut(outlet: Viewer): Promise<Departure> {
    this.#outlets.add(outlet);
    this.#tempo.came();
    const departure = await outlet.ended;
    this.#outlets.delete(outlet);
    this.#tempo.left();
    return departure;
  }

  /** What another process of this pump tells of those who watch there; nothing: it is gone. */
  elsewhere(process: string, told?: Partial<AudienceStatus>): void {
    if (told) this.#elsewhere.tell(process, told);
    else this.#elsewhere.gone(process);
    this.#count();
  }

  /** Sends one away; false where there is none of this number. */
  drop(id: string): boolean {
    const viewer = this.#viewers.get(id);
    viewer?.depart('dropped');
    return viewer !== undefined;
  }

  list(): AudienceList {
    const viewers = [...this.#viewers].map(([id, viewer]) => {
      const behindSeconds = Math.round(viewer.behindMs / 100) / 10;
      return { id, ...viewer.stay, behindSeconds };
    });
    return { viewers, left: [...this.#left] };
  }

  /** There is a new run in the backlog. */
  send(): void {
    for (const viewer of this.#viewers.values()) viewer.send();
    for (const outlet of this.#outlets) outlet.send();
  }

  /** Another header; `dress` is undefined for wires that cannot carry it. */
  change(header: Buffer, dress: (wire: Wire) => Dress | undefined): void {
    for (const viewer of this.#all) viewer.change(header, dress(viewer.wants.wire));
  }

  /** The stream is over. */
  finish(): void {
    for (const viewer of this.#all) viewer.finish();
  }

  /** The pump stops. */
  close(): void {
    this.#stopSweeping();
    for (const viewer of this.#all) viewer.depart('stopping');
  }

  /** With what other processes tell. */
  status(): AudienceStatus {
    return this.#elsewhere.all(this.here());
  }

  /** What is told to other processes. */
  here(): AudienceStatus {
    let [bytesOut, skips] = [this.#bytes, this.#skips];
    for (const viewer of this.#viewers.values()) {
      bytesOut += viewer.bytes;
      skips += viewer.skips;
    }
    const counts = { viewers: this.#viewers.size, viewersPeak: this.#peak, viewersTotal: this.#total };
    return { ...counts, bytesOut, skips, departures: { ...this.#departures } };
  }

  #count(): void {
    this.#peak = Math.max(this.#peak, this.size);
  }

  #sweep(): void {
    const nowMs = this.#clock.now();
    for (const viewer of this.#all) viewer.sweep(nowMs, this.isWaiting);
  }

  get #all(): Viewer[] {
    return [...this.#viewers.values(), ...this.#outlets];
  }

  #depart(viewer: Viewer, reason: Departure): void {
    const visit = { reason, ...viewer.stay };
    this.#departures[reason] = (this.#departures[reason] ?? 0) + 1;
    this.#bytes += viewer.bytes;
    this.#skips += viewer.skips;
    this.#left.unshift({ ...visit, at: new Date().toISOString() });
    this.#left.length = Math.min(this.#left.length, MOST_LEFT);
    this.#log.info(visit, 'viewer left');
    viewer.wants.left?.(visit);
  }
}
