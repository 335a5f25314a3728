// RTP packets put in their order, within a bound: what is missing is waited for a little, then counted as lost. What came
// already, or comes too late, is left out. Another sender, or the same one that began anew, is believed when two of its
// packets came one after the other (RFC 3550, appendix A.1).

import type { Clock } from '../clock.ts';
import type { RtpPacket } from './rtp.ts';
import type { Fate } from './statistics.ts';

/** So far ahead of a missing packet others are held. More would delay high bit rates no less than the time does. */
const WINDOW = 64;
/** So long, longer than any network takes to put two packets in the wrong order. */
const WAIT_MS = 100;
/** Further away than this is no reordering any more, but another numbering (RFC 3550: MAX_DROPOUT). */
const JUMP = 3000;
/** What is remembered of the past, to tell what came twice from what came late: more than a jump, and a power of two. */
const PAST = 4096;

export interface Ordered {
  /** a stream begins with this one, or begins anew; it is delivered afterwards */
  began(packet: RtpPacket, atMs: number): void;
  deliver(packet: RtpPacket): void;
  lost(count: number): void;
  /** one of another sender, who was not heard of again */
  stranger(packet: RtpPacket): void;
}

export class Order {
  readonly #clock: Clock;
  readonly #to: Ordered;
  /** those that are ahead of a missing one, and when they came, each at its number modulo the window */
  readonly #held: (RtpPacket | undefined)[] = Array.from({ length: WINDOW });
  readonly #heldAtMs = new Float64Array(WINDOW);
  #holding = 0;
  /** which numbers came, modulo its length */
  readonly #came = new Uint8Array(PAST);
  #ssrc: number | undefined;
  #next = 0;
  #newest = 0;
  #suspect: { readonly packet: RtpPacket; readonly atMs: number } | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, to: Ordered) {
    this.#clock = clock;
    this.#to = to;
  }

  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Undefined: it began a stream, or perhaps will. */
  take(packet: RtpPacket): Fate | undefined {
    const nowMs = this.#clock.now();
    if (this.#ssrc === undefined) return this.#begin(packet, nowMs);
    const distance = from(packet.sequence, this.#next);
    if (packet.ssrc !== this.#ssrc || Math.abs(distance) > JUMP) return this.#suspected(packet, nowMs);
    this.#forgetSuspect();
    if (distance < 0) return this.#past(packet.sequence);
    if (distance >= WINDOW) this.#giveUpTo(packet.sequence - WINDOW + 1);
    return this.#place(packet, nowMs);
  }

  /** Nothing more comes: whoever still has to wait for a missing one does so in vain. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #begin(packet: RtpPacket, atMs: number): undefined {
    while (this.#holding > 0) this.#giveUpTo(this.#firstHeld());
    this.close();
    this.#came.fill(0);
    this.#ssrc = packet.ssrc;
    this.#next = this.#newest = packet.sequence;
    this.#to.began(packet, atMs);
    this.#pass(packet);
  }

  #suspected(packet: RtpPacket, atMs: number): Fate | undefined {
    const suspect = this.#suspect;
    const isNext = suspect?.packet.ssrc === packet.ssrc && from(packet.sequence, suspect.packet.sequence) === 1;
    if (!isNext) {
      this.#forgetSuspect();
      this.#suspect = { packet, atMs };
      return undefined;
    }
    this.#suspect = undefined;
    this.#begin(suspect.packet, suspect.atMs);
    return this.#place(packet, atMs);
  }

  #forgetSuspect(): void {
    if (!this.#suspect) return;
    this.#to.stranger(this.#suspect.packet);
    this.#suspect = undefined;
  }

  #past(sequence: number): Fate {
    const at = sequence % PAST;
    if (this.#came[at]) return 'duplicate';
    this.#came[at] = 1;
    return 'late';
  }

  #place(packet: RtpPacket, nowMs: number): Fate {
    const { sequence } = packet;
    const slot = sequence % WINDOW;
    if (this.#held[slot]) return 'duplicate';
    const isBehind = from(sequence, this.#newest) < 0;
    if (!isBehind) this.#newest = sequence;
    if (sequence === this.#next) {
      this.#pass(packet);
      this.#drain();
    } else {
      this.#held[slot] = packet;
      this.#heldAtMs[slot] = nowMs;
      this.#holding += 1;
      this.#cancel ??= this.#clock.after(WAIT_MS, () => this.#waited());
    }
    return isBehind ? 'reordered' : 'in order';
  }

  #pass(packet: RtpPacket): void {
    this.#came[this.#next % PAST] = 1;
    this.#next = wrapped(this.#next + 1);
    this.#to.deliver(packet);
  }

  /** Takes out the one that is due, where it is there. */
  #due(): RtpPacket | undefined {
    const slot = this.#next % WINDOW;
    const packet = this.#held[slot];
    if (!packet) return undefined;
    this.#held[slot] = undefined;
    this.#holding -= 1;
    return packet;
  }

  #drain(): void {
    for (let packet = this.#due(); packet; packet = this.#due()) this.#pass(packet);
    if (this.#holding === 0) this.close();
  }

  /** All before this one are passed on, or lost. */
  #giveUpTo(sequence: number): void {
    const end = wrapped(sequence);
    let missing = 0;
    const tell = () => {
      if (missing > 0) this.#to.lost(missing);
      missing = 0;
    };
    while (this.#next !== end) {
      const packet = this.#due();
      if (packet) {
        tell();
        this.#pass(packet);
      } else {
        this.#came[this.#next % PAST] = 0;
        this.#next = wrapped(this.#next + 1);
        missing += 1;
      }
    }
    tell();
    this.#drain();
  }

  #firstHeld(): number {
    let sequence = this.#next;
    while (!this.#held[sequence % WINDOW]) sequence = wrapped(sequence + 1);
    return sequence;
  }

  /** A process that was busy hears of the time before it hears of what came meanwhile, which gets its turn first. */
  #waited(): void {
    this.#cancel = this.#clock.after(0, () => this.#giveUpOld());
  }

  #giveUpOld(): void {
    this.#cancel = undefined;
    const nowMs = this.#clock.now();
    while (this.#holding > 0) {
      const first = this.#firstHeld();
      const leftMs = this.#dueMs(first) - nowMs;
      if (leftMs > 0) {
        this.#cancel = this.#clock.after(leftMs, () => this.#waited());
        return;
      }
      this.#giveUpTo(first);
    }
  }

  /** when what is before it is given up */
  #dueMs(sequence: number): number {
    return (this.#heldAtMs[sequence % WINDOW] ?? 0) + WAIT_MS;
  }
}

const NUMBERS = 0x1_0000;
const wrapped = (sequence: number): number => (sequence + NUMBERS) % NUMBERS;

/** How far ahead of `other` it is, the shorter way around. */
function from(sequence: number, other: number): number {
  const step = wrapped(sequence - other);
  return step < NUMBERS / 2 ? step : step - NUMBERS;
}
