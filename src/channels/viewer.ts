// One viewer's whole life: it joins, is sent each run by one write, may fall behind, and leaves. It is a place in the
// backlog and a socket; it holds no bytes of its own beyond the few runs, nearly always shared with others, that its socket has not
// taken yet.

import type { Clock } from '../clock.ts';
import type { Dress } from '../containers/wire.ts';
import type { Backlog } from './backlog.ts';
import type { Limits } from './limits.ts';
import { MOST_RUN_BYTES } from './run.ts';
import type { Departure, Sink, Stay, Wants } from './visit.ts';

/** A socket that takes nothing for so long belongs to somebody who is gone. */
const STUCK_MS = 30_000;
/** Newcomers wait so long for a key frame at the most; a stream may have none. */
const SEEK_MS = 10_000;
/** So many skips are forgiven, and one more for every twenty seconds without one. */
const MOST_SKIPS = 5;
const SKIP_FORGOTTEN_MS = 20_000;
const NOTHING = Buffer.alloc(0);

export class Viewer {
  readonly wants: Wants;
  readonly ended: Promise<Departure>;
  bytes = 0;
  skips = 0;
  readonly #sink: Sink;
  readonly #backlog: Backlog;
  readonly #slow: Limits['slow'];
  readonly #clock: Clock;
  readonly #sinceMs: number;
  readonly #end: (departure: Departure) => void;
  #dress: Dress;
  /** what makes its bytes differ from everybody else's */
  #own: ReturnType<NonNullable<Dress['own']>> | undefined;
  #place: number;
  /** passing over runs until one that may be joined at: since when */
  #seekingSinceMs: number | undefined;
  /** the socket has not taken the last run: since when */
  #fullSinceMs: number | undefined;
  /** told by the wire while nothing could be written: the newest of them alone */
  #owed: Buffer | undefined;
  /** the stream is over: from here on nothing is owed */
  #last = Number.POSITIVE_INFINITY;
  #hasBegun = false;
  /** the socket said so: its `drain` will come */
  #hasEnough = false;
  #gone = false;
  #skipScore = 0;
  #skippedAtMs = 0;
  /** sent by the time of the last sweep */
  #sweptBytes = 0;

  constructor(
    sink: Sink,
    wants: Wants,
    around: { backlog: Backlog; dress: Dress; slow: Limits['slow']; clock: Clock },
  ) {
    this.wants = wants;
    this.#sink = sink;
    this.#backlog = around.backlog;
    this.#dress = around.dress;
    this.#own = around.dress.own?.();
    this.#slow = around.slow;
    this.#clock = around.clock;
    this.#sinceMs = this.#clock.now();
    let end!: (departure: Departure) => void;
    this.ended = new Promise((resolve) => (end = resolve));
    this.#end = end;
    this.#place = wants.isOutlet ? this.#backlog.next : this.#joinOrSeek(wants.burstMs);
    sink.on('drain', () => this.#drained());
    sink.on('close', () => this.#leave('left'));
    if (!wants.isOutlet) this.#write(this.#lead ?? this.#dress.begin);
    this.send();
  }

  get stay(): Stay {
    const { address, agent, user, wire } = this.wants;
    const seconds = Math.round((this.#clock.now() - this.#sinceMs) / 1000);
    const named = user !== undefined && { user };
    return { address, agent, ...named, wire: wire.name, seconds, bytes: this.bytes, skips: this.skips };
  }

  /** How far what it gets next is behind the newest, on the stream's own clock. */
  get behindMs(): number {
    const next = this.#backlog.at(this.#place);
    return next ? this.#backlog.untilMs - next.atMs : 0;
  }

  /** What leads up to the run that comes next, where the stream has something for that. */
  get #lead(): Buffer | undefined {
    return this.#dress.run ? undefined : this.#backlog.at(this.#place)?.lead;
  }

  /** Sends what there is until the socket is full. The channel calls it for every run: no allocation in here. */
  send(): void {
    while (!this.#isBusy && this.#place < Math.min(this.#backlog.next, this.#last)) {
      const isBehind = this.#place < this.#backlog.next - 1;
      if (isBehind) this.#sink.cork();
      this.#sendSome();
      if (isBehind) this.#sink.uncork();
      this.#look();
    }
    if (this.#place >= this.#last && !this.#isBusy) this.depart('stream ended');
  }

  /** Who is behind gets several runs by one write: a socket that is slow would cost more than ten that are not. */
  #sendSome(): void {
    const before = this.bytes;
    while (!this.#gone && this.#place < this.#last && this.bytes - before < MOST_RUN_BYTES) {
      const run = this.#backlog.at(this.#place);
      if (run === undefined) {
        if (this.#place >= this.#backlog.next) return;
        this.#skip();
        continue;
      }
      this.#place += 1;
      if (run.join) this.#seekingSinceMs = undefined;
      else if (run.gap && !this.#dress.run) this.#seekingSinceMs ??= this.#clock.now();
      if (this.#seekingSinceMs !== undefined) continue;
      this.#put(this.#own ? run.copy(this.#own) : run.on(this.#dress));
      if (!this.#hasBegun) this.#begin();
    }
  }

  /** Nothing can be written to it. */
  get #isBusy(): boolean {
    return this.#gone || this.#fullSinceMs !== undefined;
  }

  /** Another header: told in the stream to those who can follow; the others end, so that their players come again. */
  change(header: Buffer, dress: Dress | undefined): void {
    if (this.#last < Number.POSITIVE_INFINITY) return this.depart('stream ended');
    const { wire, follows } = this.wants;
    if (!follows || !wire.change || !dress) return this.depart('header changed');
    this.#dress = dress;
    this.#own = dress.own?.();
    this.#place = this.#joinOrSeek(0);
    if (this.#isBusy) this.#owed = wire.change(header);
    else this.#write(wire.change(header));
  }

  /** Looked at once a second; `isLost`: the stream has no source just now. */
  sweep(nowMs: number, isLost: boolean): void {
    if (this.#fullSinceMs !== undefined && nowMs - this.#fullSinceMs > STUCK_MS) this.depart('too slow');
    if (this.#seekingSinceMs !== undefined && nowMs - this.#seekingSinceMs > SEEK_MS) this.#seekingSinceMs = undefined;
    const silence = this.bytes === this.#sweptBytes && this.#dress.silence?.(isLost);
    if (silence && this.#fullSinceMs === undefined) this.#write(silence);
    this.#sweptBytes = this.bytes;
  }

  /** The stream is over: what came of it is still sent, as fast as the viewer takes it. */
  finish(): void {
    this.#last = Math.min(this.#last, this.#backlog.next);
    this.send();
  }

  /** Ends the viewer. What its socket still holds is sent before the wire's end, unless it was too slow for that. */
  depart(departure: Exclude<Departure, 'left'>): void {
    if (this.#gone) return;
    if (departure === 'too slow') this.#sink.destroy();
    else this.#sink.end(this.wants.wire.end?.(departure) ?? NOTHING);
    this.#leave(departure);
  }

  #begin(): void {
    this.#hasBegun = true;
    this.wants.begun?.();
  }

  #leave(departure: Departure): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#end(departure);
  }

  #joinOrSeek(burstMs: number): number {
    const place = this.#backlog.join(burstMs);
    this.#seekingSinceMs = place === undefined ? this.#clock.now() : undefined;
    return place ?? this.#backlog.next;
  }

  /** Fell off the old end of the backlog. */
  #skip(): void {
    const nowMs = this.#clock.now();
    this.skips += 1;
    this.#skipScore = Math.max(0, this.#skipScore - (nowMs - this.#skippedAtMs) / SKIP_FORGOTTEN_MS) + 1;
    this.#skippedAtMs = nowMs;
    if (this.#slow === 'disconnect' || this.#skipScore > MOST_SKIPS) return this.depart('too slow');
    this.#place = this.#joinOrSeek(0);
    if (this.#lead) this.#put(this.#lead);
  }

  #write(bytes: Buffer): void {
    this.#put(bytes);
    this.#look();
  }

  #put(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (!this.#sink.write(bytes)) this.#hasEnough = true;
  }

  /** `write` tells false even when the system took everything at once: only what is left over makes a socket full. */
  #look(): void {
    if (this.#hasEnough && this.#sink.writableLength > 0) this.#fullSinceMs ??= this.#clock.now();
    this.#hasEnough = false;
  }

  #drained(): void {
    this.#fullSinceMs = undefined;
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed && !this.#gone) this.#write(owed);
    this.send();
  }
}
