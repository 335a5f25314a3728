// H.264 out of RTP (RFC 6184, packetization modes 0 and 1): NAL units as they are, several in one packet (STAP-A), one over
// several (FU-A). Written as a byte stream with start codes (ITU-T H.264, Annex B), which every decoder reads. A unit of which a part
// was lost is left out as a whole: half a unit does more harm than none.

import type { RtpPacket } from './rtp.ts';

const START_CODE = Buffer.of(0, 0, 0, 1);
const STAP_A = 24;
const FU_A = 28;
/** Types below are units by themselves (ITU-T H.264, table 7-1). */
const FIRST_PACKED = 24;
/** A whole picture, and the parameters that come before one. */
const PICTURE = 5;
const PARAMETERS = 7;
/** A picture of the largest level is smaller; a sender that never ends one is not listened to for ever. */
const MOST_UNIT_BYTES = 8 << 20;
/** Some senders refresh pictures bit by bit and have no whole one to begin with. In the stream's own clock of 90 kHz. */
const MOST_WAIT = 10 * 90_000;

export class H264 {
  #parts: Buffer[] = [];
  #bytes = 0;
  #hasBegun = false;
  /** the rest of a unit that is counted as damaged already */
  #isSkipping = false;
  #since: number | undefined;
  /** units that were left out: parts of them did not come, or their packets are of no known form */
  damaged = 0;

  /** What is whole with this packet. `isAfterLoss`: the packet before it did not come. */
  take({ payload, timestamp }: Pick<RtpPacket, 'payload' | 'timestamp'>, isAfterLoss: boolean): Buffer[] {
    const type = (payload[0] ?? 0) & 0x1f;
    if (isAfterLoss || type !== FU_A) this.#drop();
    if (type !== FU_A) this.#isSkipping = false;
    this.#since ??= timestamp;
    if ((timestamp - this.#since) >>> 0 > MOST_WAIT) this.#hasBegun = true;
    const units = type === FU_A ? this.#fragment(payload) : type === STAP_A ? this.#several(payload) : single(payload);
    if (units === undefined) this.damaged += 1;
    return (units ?? []).filter((unit) => this.#isWanted(unit)).flatMap((unit) => [START_CODE, unit]);
  }

  /** Pictures that refer to what was never seen are of no use. */
  #isWanted(unit: Buffer): boolean {
    const type = (unit[0] ?? 0) & 0x1f;
    this.#hasBegun ||= type === PICTURE || type === PARAMETERS;
    return this.#hasBegun;
  }

  #fragment(payload: Buffer): Buffer[] | undefined {
    const [indicator, header] = payload;
    if (indicator === undefined || header === undefined || payload.length < 3) return undefined;
    const isFirst = (header & 0x80) !== 0;
    if (isFirst) {
      this.#drop();
      this.#parts = [Buffer.of((indicator & 0xe0) | (header & 0x1f))];
      this.#isSkipping = false;
    } else if (this.#parts.length === 0) {
      if (!this.#isSkipping && this.#hasBegun) this.damaged += 1;
      this.#isSkipping = true;
      return [];
    }
    this.#parts.push(payload.subarray(2));
    this.#bytes += payload.length;
    if (this.#bytes > MOST_UNIT_BYTES) {
      this.#drop();
      return [];
    }
    if ((header & 0x40) === 0) return [];
    const unit = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return [unit];
  }

  #several(payload: Buffer): Buffer[] | undefined {
    const units: Buffer[] = [];
    for (let at = 1; at < payload.length; ) {
      if (at + 2 > payload.length) return undefined;
      const end = at + 2 + payload.readUInt16BE(at);
      if (end > payload.length || end === at + 2) return undefined;
      units.push(payload.subarray(at + 2, end));
      at = end;
    }
    return units;
  }

  #drop(): void {
    if (this.#parts.length > 0) {
      this.damaged += 1;
      this.#isSkipping = true;
    }
    this.#parts = [];
    this.#bytes = 0;
  }
}

function single(payload: Buffer): Buffer[] | undefined {
  const type = (payload[0] ?? 0) & 0x1f;
  return type > 0 && type < FIRST_PACKED ? [payload] : undefined;
}

/** The parameter sets that a description brings along (`sprop-parameter-sets`, RFC 6184, section 8.1): decoders want them first.
 *  VLC ends the list with a comma, or the line with a semicolon. */
export function parameterSets(fmtp = ''): Buffer[] {
  const [, list = ''] = /(?:^|[;\s])sprop-parameter-sets=([^;\s]+)/i.exec(fmtp) ?? [];
  const sets = list.split(',').map((set) => Buffer.from(set, 'base64'));
  return sets.flatMap((set) => (set.length > 0 ? [START_CODE, set] : []));
}
