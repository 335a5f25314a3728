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
/** Payload types that cannot be told from RTCP's packet types on the same port (RFC 5761, section 4). */
const RTCP_FROM = 72;
const RTCP_TO = 79;

/** Undefined: this is no RTP packet. Padding and extensions are left out of the payload. */
export function readRtp(datagram: Buffer): RtpPacket | undefined {
  if (datagram.length < FIXED_BYTES || datagram[0]! >> 6 !== VERSION) return undefined;
  const flags = datagram[0]!;
  const payloadType = datagram[1]! & 0x7f;
  if (payloadType >= RTCP_FROM && payloadType <= RTCP_TO) return undefined;
  let start = FIXED_BYTES + 4 * (flags & 0x0f);
  if (flags & 0x10) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + 4 * datagram.readUInt16BE(start + 2);
  }
  const padding = flags & 0x20 ? datagram.at(-1)! : 0;
  const end = datagram.length - padding;
  if (end < start || (flags & 0x20 && padding === 0)) return undefined;
  return {
    payloadType,
    marker: (datagram[1]! & 0x80) !== 0,
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
  header[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc >>> 0, 8);
  return header;
}
