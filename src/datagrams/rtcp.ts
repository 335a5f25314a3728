// RTCP (RFC 3550, section 6): what a sender reports of its clock, and what a receiver reports back. Compound packets are read
// leniently: what is behind a torn one is not looked at.

export interface SenderReport {
  readonly ssrc: number;
  /** the sender's own time of day, in milliseconds since 1970 */
  readonly atMs: number;
  /** the same moment in the stream's clock */
  readonly timestamp: number;
  /** the middle of the sender's time, which is sent back to it */
  readonly lastReport: number;
}

export interface Heard {
  readonly report?: SenderReport;
  /** who sent something or was told about */
  readonly members: readonly number[];
  /** who has gone */
  readonly gone: readonly number[];
}

const VERSION = 2;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const DESCRIPTION = 202;
const BYE = 203;
const CNAME = 1;
/** From 1900, where NTP begins, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** Undefined: this is no RTCP. */
export function readRtcp(datagram: Buffer): Heard | undefined {
  let report: SenderReport | undefined;
  const members: number[] = [];
  const gone: number[] = [];
  let at = 0;
  while (at + 4 <= datagram.length && datagram[at]! >> 6 === VERSION) {
    const type = datagram[at + 1]!;
    const end = at + 4 + 4 * datagram.readUInt16BE(at + 2);
    if (end > datagram.length || type < SENDER_REPORT || type > 207) break;
    const body = datagram.subarray(at + 4, end);
    if (type === BYE)
      for (let n = 0; n + 4 <= body.length && n < 4 * (datagram[at]! & 0x1f); n += 4) gone.push(body.readUInt32BE(n));
    else if (body.length >= 4 && type <= RECEIVER_REPORT) members.push(body.readUInt32BE(0));
    if (type === SENDER_REPORT && body.length >= 24) report = senderReport(body);
    at = end;
  }
  return at === 0 ? undefined : { ...(report && { report }), members, gone };
}

function senderReport(body: Buffer): SenderReport {
  const seconds = body.readUInt32BE(4);
  const fraction = body.readUInt32BE(8);
  return {
    ssrc: body.readUInt32BE(0),
    atMs: (seconds - NTP_EPOCH_SECONDS) * 1000 + (fraction * 1000) / 2 ** 32,
    timestamp: body.readUInt32BE(12),
    lastReport: ((seconds & 0xffff) * 0x1_0000 + (fraction >>> 16)) >>> 0,
  };
}

/** What a receiver says of one sender (section 6.4.2). */
export interface ReportBlock {
  readonly ssrc: number;
  /** since the last report, of 256 */
  readonly fractionLost: number;
  /** since the beginning */
  readonly lost: number;
  /** with how often it went around above it */
  readonly highestSequence: number;
  /** in the stream's clock */
  readonly jitter: number;
  /** of the last sender report, 0: there was none */
  readonly lastReport: number;
  readonly sinceLastReportMs: number;
}

/** A receiver report and who we are, as every RTCP packet has to say. */
export function receiverReport(ssrc: number, cname: string, about: readonly ReportBlock[]): Buffer {
  const blocks = about.map((one) => {
    const block = Buffer.alloc(24);
    block.writeUInt32BE(one.ssrc, 0);
    block[4] = clamp(one.fractionLost, 0, 255);
    block.writeIntBE(clamp(one.lost, -0x80_0000, 0x7f_ffff), 5, 3);
    block.writeUInt32BE(one.highestSequence >>> 0, 8);
    block.writeUInt32BE(clamp(one.jitter, 0, 0xffff_ffff), 12);
    block.writeUInt32BE(one.lastReport, 16);
    block.writeUInt32BE(one.lastReport === 0 ? 0 : clamp(one.sinceLastReportMs * 65.536, 0, 0xffff_ffff), 20);
    return block;
  });
  return Buffer.concat([packet(RECEIVER_REPORT, about.length, [number(ssrc), ...blocks]), description(ssrc, cname)]);
}

export function goodbye(ssrc: number, cname: string): Buffer {
  return Buffer.concat([receiverReport(ssrc, cname, []), packet(BYE, 1, [number(ssrc)])]);
}

function description(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname.slice(0, 255));
  const item = Buffer.concat([number(ssrc), Buffer.of(CNAME, name.length), name]);
  // An item of type 0 ends them, and fills up to 32 bits.
  return packet(DESCRIPTION, 1, [item, Buffer.alloc(4 - (item.length % 4))]);
}

function packet(type: number, count: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.of((VERSION << 6) | count, type, 0, 0);
  head.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([head, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

const clamp = (value: number, least: number, most: number) => Math.round(Math.min(most, Math.max(least, value)));
