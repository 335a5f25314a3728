// The viewers of one channel: letting them in, handing each run to all, telling who left and why.

import type { Logger } from 'pino';
import { every, type Clock } from '../clock.ts';
import type { Dress, Wire } from '../containers/container.ts';
import type { Backlog } from './backlog.ts';
import type { Tempo } from './tempo.ts';
import { Viewer, type Departure, type Sink, type Wants } from './viewer.ts';

const SWEEP_MS = 1000;

export interface AudienceStatus {
  readonly viewers: number;
  readonly viewersPeak: number;
  readonly viewersTotal: number;
  readonly bytesOut: number;
  readonly skips: number;
  readonly departures: Partial<Record<Departure, number>>;
}

export class Audience {
  readonly #backlog: Backlog;
  /** for who comes from now on */
  slow: 'skip' | 'disconnect';
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tempo: Tempo;
  readonly #viewers = new Set<Viewer>();
  readonly #stopSweeping: () => void;
  readonly #departures: Partial<Record<Departure, number>> = {};
  #peak = 0;
  #total = 0;
  /** of viewers who have left */
  #bytes = 0;
  #skips = 0;
  /** the stream has no source just now */
  isWaiting = false;

  constructor(options: { backlog: Backlog; slow: 'skip' | 'disconnect'; clock: Clock; log: Logger; tempo: Tempo }) {
    this.#backlog = options.backlog;
    this.slow = options.slow;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#tempo = options.tempo;
    this.#stopSweeping = every(options.clock, SWEEP_MS, () => this.#sweep());
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** A viewer's whole life. */
  async join(sink: Sink, wants: Wants, dress: Dress): Promise<Departure> {
    const viewer = new Viewer(sink, wants, { backlog: this.#backlog, dress, slow: this.slow, clock: this.#clock });
    this.#viewers.add(viewer);
    this.#tempo.came();
    this.#total += 1;
    this.#peak = Math.max(this.#peak, this.#viewers.size);
    const departure = await viewer.ended;
    this.#viewers.delete(viewer);
    this.#tempo.left();
    this.#depart(viewer, departure);
    return departure;
  }

  /** There is a new run in the backlog. */
  send(): void {
    for (const viewer of this.#viewers) viewer.send();
  }

  /** Another header; `dress` is undefined for wires that cannot carry it. */
  change(header: Buffer, dress: (wire: Wire) => Dress | undefined): void {
    for (const viewer of this.#viewers) viewer.change(header, dress(viewer.wants.wire));
  }

  /** The stream is over. */
  finish(): void {
    for (const viewer of this.#viewers) viewer.finish();
  }

  /** The pump stops. */
  close(): void {
    this.#stopSweeping();
    for (const viewer of this.#viewers) viewer.depart('stopping');
  }

  status(): AudienceStatus {
    let [bytesOut, skips] = [this.#bytes, this.#skips];
    for (const viewer of this.#viewers) {
      bytesOut += viewer.bytes;
      skips += viewer.skips;
    }
    const counts = { viewers: this.size, viewersPeak: this.#peak, viewersTotal: this.#total };
    return { ...counts, bytesOut, skips, departures: { ...this.#departures } };
  }

  #sweep(): void {
    const nowMs = this.#clock.now();
    for (const viewer of this.#viewers) viewer.sweep(nowMs, this.isWaiting);
  }

  #depart({ wants, bytes, skips, sinceMs }: Viewer, reason: Departure): void {
    this.#departures[reason] = (this.#departures[reason] ?? 0) + 1;
    this.#bytes += bytes;
    this.#skips += skips;
    const seconds = Math.round((this.#clock.now() - sinceMs) / 1000);
    const { address, agent, user, wire } = wants;
    const who = { address, agent, ...(user !== undefined && { user }) };
    const visit = { reason, ...who, wire: wire.name, seconds, bytes, skips };
    this.#log.info(visit, 'viewer left');
    wants.left?.(visit);
  }
}
