// A channel is one named live stream: the current header, a short backlog of what came last, and the viewers. It takes
// parts and knows no format; its memory is bounded by the backlog and one write a viewer, whatever viewers do.

import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Container, Part } from '../containers/container.ts';
import type { Dress, Wire } from '../containers/wire.ts';
import { Audience } from './audience.ts';
import { Backlog } from './backlog.ts';
import { Demand } from './demand.ts';
import { dressing } from './dressing.ts';
import { Health } from './health.ts';
import { Intake } from './intake.ts';
import type { Limits } from './limits.ts';
import type { ChannelStatus, Live, Origin, State } from './state.ts';
import { Tempo } from './tempo.ts';
import type { Departure, Sink, Wants } from './visit.ts';

interface Options {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Logger;
  /** shared by all channels of a pump */
  readonly tempo?: Tempo;
  /** where the numbering of units begins, which wires write as packet numbers */
  readonly firstIndex?: number;
  /** false: another process of the pump examines the stream, and tells */
  readonly examines?: boolean;
}

export class Channel {
  readonly #clock: Clock;
  #graceMs: number;
  readonly #backlog: Backlog;
  readonly #intake: Intake;
  readonly #audience: Audience;
  readonly #health: Health;
  readonly #demand = new Demand();
  #state: State = 'idle';
  #since = new Date();
  #origin: Origin | undefined;
  #live: Live | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor({ limits, clock, log, tempo = new Tempo(), firstIndex = 0, examines = true }: Options) {
    this.#clock = clock;
    this.#graceMs = limits.graceMs;
    this.#backlog = new Backlog(limits.backlogBytes);
    this.#health = new Health(clock, examines);
    this.#audience = new Audience({ backlog: this.#backlog, slow: limits.slow, clock, log, tempo });
    this.#intake = new Intake({
      clock,
      delayMs: limits.delayMs,
      tempo,
      firstIndex,
      isWatched: () => this.#audience.isThere,
      deliver: (run) => {
        this.#backlog.push(run);
        this.#audience.send();
      },
    });
  }

  // --- towards the source: what `keep` tells

  /** A source is being opened. */
  opening(): void {
    if (this.#state === 'idle') this.#become('opening');
  }

  /** A source is open and its format known; its header is still to come. */
  opened(origin: Origin): void {
    this.#health.opened(origin.container, this.#state === 'live');
    this.#origin = origin;
  }

  /** So many bytes have come; what they are is brought (to `take`) when that is called, now or when it is time to send it. */
  coming(bytes: number, bring: () => void): void {
    if (this.#state === 'live') this.#intake.coming(bytes, bring);
    else bring();
  }

  /** How long nobody needs what comes. */
  get spareMs(): number {
    return this.#state === 'live' ? this.#intake.spareMs : 0;
  }

  /** `cameAtMs`: when its bytes were read; `lainMs`: they may have come so long before */
  take(part: Part, cameAtMs = this.#clock.now(), lainMs = 0): void {
    this.#health.take(part, cameAtMs, lainMs);
    switch (part.kind) {
      case 'header':
        return this.#takeHeader(part.bytes);
      case 'unit':
        if (this.#state === 'lost') this.#become('live'); // back within the same feed
        return this.#intake.take(part);
      case 'gap':
        this.#intake.gap();
        return this.#backlog.forgetJoins();
      case 'silence':
        return part.isLost ? this.lost('the pump that it comes from has no source just now') : undefined;
      case 'loss': // counted, and that is all
    }
  }

  /** The source failed and will be opened again: viewers wait for it, for a while. */
  lost(why: string): void {
    this.#health.broke(why);
    if (this.#state !== 'live') return;
    this.take({ kind: 'gap' });
    this.#become('lost');
    this.#cancelGrace = this.#clock.after(this.#graceMs, () => this.#audience.finish());
  }

  /** The stream is over: viewers are told so. */
  over(): void {
    this.#intake.flush();
    this.take({ kind: 'gap' });
    this.#audience.finish();
    this.#become('idle');
  }

  /** The pump stops, or does without this stream from now on. */
  close(): void {
    this.#intake.flush();
    this.#cancelGrace?.();
    this.#audience.close();
    this.#become('idle');
    this.#demand.decided(); // whoever waits for it waits in vain
  }

  /** Other limits from now on; nobody who watches notices. */
  limit({ backlogBytes, delayMs, slow, graceMs }: Limits): void {
    this.#graceMs = graceMs;
    this.#backlog.mostBytes = backlogBytes;
    this.#intake.delayMs = delayMs;
    this.#audience.slow = slow;
  }

  // --- towards viewers

  get live(): Live | undefined {
    return this.#state === 'live' ? this.#live : undefined;
  }

  get viewers(): number {
    return this.#audience.size;
  }

  /** Somebody watches or waits to, or it is sent on: what an on-demand source is opened for. */
  get wanted(): boolean {
    return this.#audience.isThere || this.#demand.isThere;
  }

  /** Resolves as soon as the stream is live, or when the signal is aborted. */
  async whenLive(signal: AbortSignal): Promise<Live | undefined> {
    if (!this.live) await this.#demand.awaitStream(signal);
    return this.live;
  }

  /** Resolves as soon as somebody watches or waits to, or when the signal is aborted. */
  async whenWanted(signal: AbortSignal): Promise<void> {
    if (!this.wanted) await this.#demand.awaitViewers(signal);
  }

  /** A viewer's whole life, from the wire's beginning to the reason why it left. The stream must be live. */
  join(sink: Sink, wants: Wants): Promise<Departure> {
    // While nobody was there, what came was left lying for longer.
    if (!wants.isOutlet && !this.#audience.isThere) this.#intake.flush();
    return this.#audience.join(sink, wants, this.#dress(wants.wire));
  }

  /** The viewers one by one. */
  get audience(): Pick<Audience, 'list' | 'drop' | 'elsewhere' | 'here'> {
    return this.#audience;
  }

  /** What a newcomer on this wire gets first. */
  beginning(wire: Wire): Buffer {
    return this.#dress(wire).begin;
  }

  /** What the stream is called on this wire, which its header may decide. */
  contentType(wire: Wire): string {
    return this.#live?.dress(wire).contentType ?? wire.contentType;
  }

  /** of the source, bits a second */
  get bitrate(): number {
    return this.#health.bitrate;
  }

  status(): ChannelStatus {
    const { live } = this;
    const { keyframeSeconds, report } = this.#health;
    return {
      ...this.#audience.status(),
      state: this.#state,
      since: this.#since.toISOString(),
      ...(this.#origin && { container: this.#origin.container.name }),
      tracks: live ? live.container.tracks(live.header) : [],
      ...(keyframeSeconds !== undefined && { keyframeSeconds }),
      backlog: { bytes: this.#backlog.bytes, seconds: this.#backlog.seconds },
      source: {
        ...(this.#origin && { remote: this.#origin.from }),
        ...this.#health.status(),
        ...(this.#origin?.arrivals && { arrivals: this.#origin.arrivals() }),
      },
      ...(report && { report }),
    };
  }

  // --- inside

  #become(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = new Date();
    this.#audience.isWaiting = state !== 'live';
    if (state !== 'live') return;
    this.#cancelGrace?.();
    this.#demand.decided();
  }

  #takeHeader(header: Buffer): void {
    const origin = this.#origin;
    if (!origin) throw new TypeError('a header from a source that was never opened');
    const before = this.#live;
    const isSame = before?.container === origin.container && before.header.equals(header);
    this.#live = { ...origin, header, dress: isSame ? before.dress : dressing(header) };
    if (before && !isSame) this.#change(before.container, this.#live);
    this.#become('live');
  }

  /** Nothing of the old stream is of use any more; its viewers go on by what their wires allow. */
  #change(before: Container, { container, header, dress }: Live): void {
    this.#intake.flush();
    this.#backlog.clear();
    this.#health.changed();
    this.#audience.change(header, (wire) => (container === before ? dress(wire) : undefined));
  }

  #dress(wire: Wire): Dress {
    if (!this.#live) throw new TypeError('a stream that has no header yet has nothing to join');
    return this.#live.dress(wire);
  }
}
