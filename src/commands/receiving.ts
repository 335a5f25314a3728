// What `receive` does with a session: joins it, puts its packets in order, counts them, hands on what they carry, and takes part in
// its RTCP.

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { Meter } from '../channels/meter.ts';
import { aborted, type Clock } from '../clock.ts';
import { areWhole } from '../containers/mpegts/sync.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import { listen, type Listening } from '../datagrams/listen.ts';
import { Reception } from '../datagrams/reception.ts';
import { report, Reports } from '../datagrams/reports.ts';
import type { RtpPacket } from '../datagrams/rtp.ts';
import { Statistics } from '../datagrams/statistics.ts';
import type { Session } from '../sdp/session.ts';

export interface Output {
  /** may this be what the session says it carries? */
  readonly accepts?: (payload: Buffer) => boolean;
  /** `isAfterLoss`: what came before it is missing */
  take(payload: Buffer, packet: RtpPacket | undefined, isAfterLoss: boolean): void;
  failed(error: Error): void;
}

export interface Seen {
  readonly arrivals: Arrivals;
  readonly bitsPerSecond: number;
  /** when something of the stream came last; undefined: nothing did */
  readonly lastMs?: number;
  /** what the sender's clock showed then, in milliseconds since 1970; known where it reports it */
  readonly senderMs?: number;
}

/** Sequence numbers have 16 bits. */
const NUMBERS = 0x1_0000;
/** A report goes as far as the neighbours where the session does not say how far it goes itself. */
const USUAL_TTL = 1;

export class Receiving {
  readonly #session: Session;
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #statistics: Statistics;
  readonly #reception: Reception;
  readonly #reports: Reports;
  readonly #meter: Meter;
  readonly #ssrc = randomBytes(4).readUInt32BE();
  #listening: Listening | undefined;
  #isAfterLoss = false;
  #lastMs: number | undefined;
  #last: RtpPacket | undefined;
  #highestSequence = 0;

  /** `agreed`: the session was told by SDP, and so its payload type counts */
  constructor(session: Session, agreed: boolean, output: Output, clock: Clock) {
    this.#session = session;
    this.#output = output;
    this.#clock = clock;
    this.#statistics = new Statistics(session.clockRate);
    this.#meter = new Meter(clock);
    this.#reports = new Reports({ ssrc: this.#ssrc, clockRate: session.clockRate }, clock);
    const received = {
      ...(agreed && { payloadType: session.payloadType }),
      // Bare transport streams and RTP are told apart by what they look like.
      ...(session.group.scheme === 'udp' && { accepts: areWhole }),
      ...(output.accepts && { accepts: output.accepts }),
      deliver: (payload: Buffer, packet?: RtpPacket) => this.#deliver(payload, packet),
      lost: () => (this.#isAfterLoss = true),
    };
    this.#reception = new Reception(session.group.scheme, received, this.#statistics, clock);
  }

  /** Until aborted. */
  async run(which: { readonly interface?: string }, log: Logger, signal: AbortSignal): Promise<void> {
    const { group, rtcpPort, ttl = USUAL_TTL, clockRate, reports = true } = this.#session;
    const listener = {
      take: (datagram: Buffer) => this.#reception.take(datagram),
      failed: (error: Error) => this.#output.failed(error),
    };
    this.#listening = await listen({ group, ...which }, listener, { log, clock: this.#clock }, signal);
    try {
      const port = rtcpPort ?? group.port + 1;
      const common = { group, ttl, clockRate, ssrc: this.#ssrc, ...which };
      const how = { ...common, rtcpPort: port, isTold: rtcpPort !== undefined, mayReport: reports };
      if (group.scheme === 'rtp' && port <= 0xffff)
        await report(this.#reports, how, () => this.#reported(), { log, clock: this.#clock }, signal);
      await aborted(signal);
    } finally {
      this.#reception.close();
    }
  }

  get seen(): Seen {
    const last = this.#last;
    const senderMs = last && this.#reports.senderMs(last.timestamp, last.ssrc);
    const kernelDrops = this.#listening?.kernelDrops();
    return {
      arrivals: { ...this.#statistics.arrivals(), ...(kernelDrops !== undefined && { kernelDrops }) },
      bitsPerSecond: this.#meter.bitsPerSecond,
      ...(this.#lastMs !== undefined && { lastMs: this.#lastMs }),
      ...(senderMs !== undefined && { senderMs }),
    };
  }

  #deliver(payload: Buffer, packet: RtpPacket | undefined): void {
    this.#lastMs = this.#clock.now();
    this.#meter.add(payload.length);
    if (packet) this.#note(packet);
    this.#output.take(payload, packet, this.#isAfterLoss);
    this.#isAfterLoss = false;
  }

  /** They come in order; a new sender begins anew. */
  #note(packet: RtpPacket): void {
    const step = (packet.sequence - (this.#highestSequence % NUMBERS) + NUMBERS) % NUMBERS;
    this.#highestSequence = packet.ssrc === this.#last?.ssrc ? this.#highestSequence + step : packet.sequence;
    this.#last = packet;
  }

  #reported() {
    const { arrivals, bitsPerSecond } = this.seen;
    return { arrivals, bitsPerSecond, highestSequence: this.#highestSequence };
  }
}
