// From datagrams to what they carry: RTP or bare, told apart by themselves where nothing says it; RTP in order and without
// duplicates. Payloads are views into their datagrams. What is no part of the stream is refused, and counted.

import type { Clock } from '../clock.ts';
import type { Group } from './group.ts';
import { Order } from './order.ts';
import { isRtcp, readRtp, type RtpPacket } from './rtp.ts';
import type { Statistics } from './statistics.ts';

export interface Received {
  /** may these be the payload of a datagram? Everything may where it is left out. */
  accepts?(payload: Buffer): boolean;
  /** one payload after the other, as they were sent */
  deliver(payload: Buffer, packet?: RtpPacket): void;
  lost(count: number): void;
  /** the payload type where it is agreed upon, as in SDP; without it the payload alone decides */
  readonly payloadType?: number;
}

export class Reception {
  readonly #isRtp: boolean;
  readonly #to: Received;
  readonly #statistics: Statistics;
  readonly #clock: Clock;
  readonly #order: Order;

  /** The statistics may be older and outlive it: they go on over receptions. */
  constructor(scheme: Group['scheme'], to: Received, statistics: Statistics, clock: Clock) {
    this.#isRtp = scheme === 'rtp';
    this.#to = to;
    this.#statistics = statistics;
    this.#clock = clock;
    this.#order = new Order(clock, {
      began: (packet, atMs) => {
        statistics.began(packet);
        statistics.cameRtp(packet, 'in order', atMs);
      },
      deliver: (packet) => this.#deliver(packet),
      lost: (count) => {
        statistics.lost(count);
        to.lost(count);
      },
      stranger: () => statistics.refuse('other sender'),
    });
  }

  take(datagram: Buffer): void {
    if (!this.#isRtp && this.#accepts(datagram)) {
      this.#statistics.came(datagram.length);
      this.#to.deliver(datagram);
      return;
    }
    if (isRtcp(datagram)) return; // a report, which is nobody's mistake
    const packet = readRtp(datagram);
    // Another type between those of the stream has one of its numbers, and must not be taken for a loss.
    if (!packet || !(packet.ssrc === this.#order.ssrc || this.#isWanted(packet))) {
      this.#statistics.refuse('other payload');
      return;
    }
    const fate = this.#order.take(packet);
    if (fate) this.#statistics.cameRtp(packet, fate, this.#clock.now());
  }

  close(): void {
    this.#order.close();
  }

  #deliver(packet: RtpPacket): void {
    if (packet.payload.length === 0) return; // keeps a path open, or is all padding
    if (this.#isWanted(packet)) this.#to.deliver(packet.payload, packet);
    else this.#statistics.refuse('other payload');
  }

  #isWanted({ payload, payloadType }: RtpPacket): boolean {
    const { payloadType: agreed = payloadType } = this.#to;
    return payloadType === agreed && (payload.length === 0 || this.#accepts(payload));
  }

  #accepts(payload: Buffer): boolean {
    return this.#to.accepts?.(payload) ?? true;
  }
}
