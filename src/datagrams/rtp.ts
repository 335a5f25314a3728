// The header of an RTP packet (RFC 3550, section 5.1), read and written. Nothing is copied: a payload is a view into its
// datagram.

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits, and around again */
  readonly sequence: number;
  /** 32 bits of the payload type's own clock */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const VERSION = 2;
const FIXED_BYTES = 12;
const PADDED = 0x20;
const EXTENDED = 0x10;
const SOURCES = 0x0f;
const MARKED = 0x80;
const TYPE = 0x7f;
/** Packet types of RTCP, which some senders put on the same port: no marked payload type may look like them (RFC 5761,
 *  section 4). */
const RTCP_FROM = 192;
const RTCP_TO = 223;

/** A report of a sender or receiver, which is no part of the stream. */
export function isRtcp(datagram: Buffer): boolean {
  const type = datagram[1] ?? 0;
  return hasVersion(datagram) && type >= RTCP_FROM && type <= RTCP_TO;
}

/** Undefined: this is no RTP packet. Padding and extensions are left out of the payload. */
export function readRtp(datagram: Buffer): RtpPacket | undefined {
  if (datagram.length < FIXED_BYTES || !hasVersion(datagram) || isRtcp(datagram)) return undefined;
  const flags = datagram.readUInt8(0);
  const type = datagram.readUInt8(1);
  let start = FIXED_BYTES + 4 * (flags & SOURCES);
  if (flags & EXTENDED) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + 4 * datagram.readUInt16BE(start + 2);
  }
  const padding = flags & PADDED ? datagram.readUInt8(datagram.length - 1) : 0;
  const end = datagram.length - padding;
  if (end < start || (flags & PADDED && padding === 0)) return undefined;
  return {
    payloadType: type & TYPE,
    marker: (type & MARKED) !== 0,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end),
  };
}

/** A header without sources, extension or padding. Numbers are cut to the bits that there are. */
export function rtpHeader({ payloadType, marker, sequence, timestamp, ssrc }: Omit<RtpPacket, 'payload'>): Buffer {
  const header = Buffer.allocUnsafe(FIXED_BYTES);
  header[0] = VERSION << 6;
  header[1] = (marker ? MARKED : 0) | (payloadType & TYPE);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc >>> 0, 8);
  return header;
}

const hasVersion = (datagram: Buffer): boolean => (datagram[0] ?? 0) >> 6 === VERSION;
