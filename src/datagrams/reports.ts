// A receiver's side of RTCP (RFC 3550, section 6): listens to the sender's reports, which tell its clock, and reports back how
// its packets come, to the same group and never to an address that a packet names. Many receivers report less often.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { type Clock, sleep } from '../clock.ts';
import { explain } from '../errors.ts';
import type { Around } from '../log.ts';
import type { Arrivals } from './arrivals.ts';
import { type Group, urlOf } from './group.ts';
import { interfaceFor } from './interface.ts';
import { listen } from './listen.ts';
import { goodbye, readRtcp, receiverReport, type SenderReport } from './rtcp.ts';

export interface Reporting {
  /** where the stream itself is */
  readonly group: Group;
  readonly rtcpPort: number;
  /** its RTCP is told of; otherwise reports are sent only where the sender's own are heard */
  readonly isTold: boolean;
  /** false: only listen */
  readonly mayReport: boolean;
  readonly ttl: number;
  readonly interface?: string;
  /** of time stamps, a second */
  readonly clockRate: number;
  readonly ssrc: number;
}

/** How the packets came, now. */
export interface Reported {
  readonly arrivals: Arrivals;
  /** the last number that was passed on, with how often it went around above it */
  readonly highestSequence: number;
  readonly bitsPerSecond: number;
}

/** RFC 3550, section 6.2: the least; and what all receivers' reports together may take of the stream's own rate. */
const LEAST_MS = 5000;
const SHARE = 0.05 * 0.75;
/** About what a report takes with all its headers. */
const REPORT_BYTES = 100;
/** Section 6.3.1: makes up for what the timer's way of waiting adds. */
const COMPENSATION = Math.E - 1.5;
/** Members are counted to know how often to report; in larger sessions it is seldom enough. */
const MOST_MEMBERS = 100_000;
/** Section 6.3.5: who was not heard for so many of them has gone without a word. */
const MOST_INTERVALS = 5;
/** Half of all time stamps, which the clock of video takes 6.6 hours for: what is farther from its report could be before or behind it. */
const HALF_WAY = 2 ** 31;

/** What was heard, and what is to be said about it. */
export class Reports {
  readonly #options: Pick<Reporting, 'ssrc' | 'clockRate'>;
  readonly #clock: Clock;
  /** when each of them was heard last */
  readonly #members = new Map<number, number>();
  #sender: { readonly report: SenderReport; readonly heardMs: number } | undefined;
  #before = { lost: 0, highestSequence: 0 };

  constructor(options: Pick<Reporting, 'ssrc' | 'clockRate'>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  get hasHeardSender(): boolean {
    return this.#sender !== undefined;
  }

  hear(datagram: Buffer): void {
    const heard = readRtcp(datagram);
    if (!heard) return;
    for (const member of heard.members) {
      const isCounted = this.#members.has(member) || this.#members.size < MOST_MEMBERS;
      if (member !== this.#options.ssrc && isCounted) this.#members.set(member, this.#clock.now());
    }
    for (const member of heard.gone) this.#members.delete(member);
    if (heard.report) this.#sender = { report: heard.report, heardMs: this.#clock.now() };
  }

  /** What the sender's own clock showed when a packet with this time stamp was made, in milliseconds since 1970. */
  senderMs(timestamp: number, ssrc: number): number | undefined {
    const { report, heardMs = 0 } = this.#sender ?? {};
    if (report?.ssrc !== ssrc || this.#clock.now() - heardMs > (HALF_WAY * 1000) / this.#options.clockRate)
      return undefined;
    return report.atMs + (((timestamp - report.timestamp) | 0) * 1000) / this.#options.clockRate;
  }

  report({ arrivals, highestSequence }: Reported): Buffer {
    const { ssrc, lost, jitterMs = 0 } = arrivals;
    const { ssrc: own, clockRate } = this.#options;
    if (ssrc === undefined) return receiverReport(own, cname(), []);
    const expected = highestSequence - this.#before.highestSequence;
    const missed = lost - this.#before.lost;
    this.#before = { lost, highestSequence };
    const sender = this.#sender?.report.ssrc === ssrc ? this.#sender : undefined;
    const about = {
      ssrc,
      fractionLost: expected > 0 ? Math.floor((missed * 256) / expected) : 0,
      lost,
      highestSequence,
      jitter: (jitterMs * clockRate) / 1000,
      lastReport: sender?.report.lastReport ?? 0,
      sinceLastReportMs: sender ? this.#clock.now() - sender.heardMs : 0,
    };
    return receiverReport(own, cname(), [about]);
  }

  /** Until the next report, longer and shorter by chance so that receivers do not report all at once. */
  pauseMs(bitsPerSecond: number): number {
    const longAgoMs = this.#clock.now() - MOST_INTERVALS * this.#intervalMs(bitsPerSecond);
    for (const [member, heardMs] of this.#members) if (heardMs < longAgoMs) this.#members.delete(member);
    return (this.#intervalMs(bitsPerSecond) * (0.5 + Math.random())) / COMPENSATION;
  }

  #intervalMs(bitsPerSecond: number): number {
    const bytesPerSecond = (bitsPerSecond / 8) * SHARE;
    const sharedMs = bytesPerSecond > 0 ? ((this.#members.size + 1) * REPORT_BYTES * 1000) / bytesPerSecond : 0;
    return Math.max(LEAST_MS, sharedMs);
  }
}

/** Listens, and reports, until aborted. Where that is not possible the stream is received all the same. */
export async function report(
  reports: Reports,
  options: Reporting,
  now: () => Reported,
  { log, clock }: Around,
  signal: AbortSignal,
): Promise<void> {
  const group = { ...options.group, port: options.rtcpPort };
  const quietly = (why: string) => (error: unknown) => log.debug({ reason: explain(error), from: urlOf(group) }, why);
  const by = options.interface === undefined ? {} : { interface: options.interface };
  const listener = { take: (datagram: Buffer) => reports.hear(datagram), failed: quietly('reports are heard no more') };
  await listen({ group, ...by }, listener, { log, clock }, signal).catch(quietly('reports are not heard'));
  // With one source, what others send to the group reaches nobody (RFC 5760): such a session would say where to report to.
  if (!options.mayReport || !group.isMulticast || group.source !== undefined || signal.aborted) return;
  const socket = await open(group, options).catch(quietly('reports are not sent'));
  if (!socket) return;
  const send = (bytes: Buffer) =>
    new Promise<void>((resolve) => socket.send(bytes, group.port, group.address, () => resolve()));
  let hasSpoken = false;
  while (!signal.aborted) {
    await sleep(clock, reports.pauseMs(now().bitsPerSecond), signal);
    const reported = now();
    if (signal.aborted || reported.arrivals.ssrc === undefined || !(options.isTold || reports.hasHeardSender)) continue;
    await send(reports.report(reported));
    hasSpoken = true;
  }
  if (hasSpoken) await send(goodbye(options.ssrc, cname()));
  socket.close();
}

async function open({ family }: Group, { interface: which, ttl }: Reporting): Promise<Socket> {
  const socket = createSocket(`udp${family}`);
  socket.on('error', () => {}); // of a single datagram; the next one is tried as well
  socket.bind();
  await once(socket, 'listening');
  try {
    if (which !== undefined) socket.setMulticastInterface(interfaceFor(which, family));
    socket.setMulticastTTL(ttl);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Who we are, to be told from others on the same machine (RFC 3550, section 6.5.1). */
const cname = () => `${process.pid}@${hostname()}`;
