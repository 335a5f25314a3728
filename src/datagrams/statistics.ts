// Counts how datagrams come. What is counted stays over restarts of the sender; jitter is of the present one (RFC 3550,
// appendix A.8).

import type { Arrivals, Refusal } from './arrivals.ts';
import type { RtpPacket } from './rtp.ts';

/** Of RTP packets, in the order in which they came. */
export type Fate = 'in order' | 'reordered' | 'duplicate' | 'late';

/** MPEG transport streams and all video (RFC 3551). */
const VIDEO_RATE = 90_000;
/** A time stamp that is so far from where it should be is of another clock: a sender that began anew. */
const OTHER_CLOCK_MS = 10_000;
/** RFC 3550, section 6.4.1: the gain that is to be used by everybody. */
const GAIN = 1 / 16;

export class Statistics {
  readonly #rate: number;
  readonly #refusals: Partial<Record<Refusal, number>> = {};
  #packets = 0;
  #bytes = 0;
  #lost = 0;
  #reordered = 0;
  #duplicates = 0;
  #late = 0;
  #dropped = 0;
  #refused = 0;
  #jitterMs = 0;
  #stream: { readonly ssrc: number; readonly payloadType: number } | undefined;
  /** of the packet that came last */
  #atMs: number | undefined;
  #timestamp = 0;

  /** `clockRate`: of time stamps, a second */
  constructor(clockRate: number = VIDEO_RATE) {
    this.#rate = clockRate;
  }

  /** A datagram without RTP. */
  came(bytes: number): void {
    this.#packets += 1;
    this.#bytes += bytes;
  }

  /** An RTP stream begins, or begins anew. */
  began({ ssrc, payloadType }: RtpPacket): void {
    this.#stream = { ssrc, payloadType };
    this.#atMs = undefined;
    this.#jitterMs = 0;
  }

  cameRtp({ payload, timestamp }: RtpPacket, fate: Fate, nowMs: number): void {
    this.came(payload.length);
    if (fate === 'reordered') this.#reordered += 1;
    if (fate === 'duplicate') this.#duplicates += 1;
    if (fate === 'late') this.#late += 1;
    if (this.#atMs !== undefined) this.#step(nowMs - this.#atMs, timestamp);
    this.#atMs = nowMs;
    this.#timestamp = timestamp;
  }

  lost(count: number): void {
    this.#lost += count;
  }

  dropped(): void {
    this.#dropped += 1;
  }

  refuse(why: Refusal): void {
    this.#refused += 1;
    this.#refusals[why] = (this.#refusals[why] ?? 0) + 1;
  }

  arrivals(): Arrivals {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      lost: this.#lost,
      reordered: this.#reordered,
      duplicates: this.#duplicates,
      late: this.#late,
      dropped: this.#dropped,
      refused: this.#refused,
      refusals: { ...this.#refusals },
      ...(this.#stream && { jitterMs: Math.round(this.#jitterMs * 1000) / 1000, ...this.#stream }),
    };
  }

  /** Time stamps are 32 bits and go around: the shorter way is meant. */
  #step(passedMs: number, timestamp: number): void {
    const differenceMs = Math.abs(passedMs - (((timestamp - this.#timestamp) | 0) * 1000) / this.#rate);
    if (differenceMs < OTHER_CLOCK_MS) this.#jitterMs += (differenceMs - this.#jitterMs) * GAIN;
  }
}
