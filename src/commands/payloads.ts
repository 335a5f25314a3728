// What `receive` writes of a session: transport streams as they are, H.264 as a byte stream with its parameter sets first.

import { H264, parameterSets } from '../datagrams/h264.ts';
import type { RtpPacket } from '../datagrams/rtp.ts';
import { PumpError } from '../errors.ts';
import { type Session, TRANSPORT_STREAM } from '../sdp/session.ts';

export interface Payloads {
  readonly accepts?: (payload: Buffer) => boolean;
  /** what comes before all else */
  readonly first: readonly Buffer[];
  /** `isAfterLoss`: what came before it is missing */
  take(payload: Buffer, packet: RtpPacket | undefined, isAfterLoss: boolean): readonly Buffer[];
  /** units that were left out, because parts of them did not come */
  readonly damaged: number;
}

export function payloadsOf({ codec, fmtp }: Session): Payloads {
  if (codec === TRANSPORT_STREAM.codec)
    return { accepts: isTransportStream, first: [], take: (payload) => [payload], damaged: 0 };
  if (codec !== 'H264')
    throw new PumpError('usage', `${codec} cannot be written: only ${TRANSPORT_STREAM.codec} and H264 can`);
  const units = new H264();
  return {
    first: parameterSets(fmtp),
    take: (payload, packet, isAfterLoss) =>
      packet ? units.take({ payload, timestamp: packet.timestamp }, isAfterLoss) : [],
    get damaged() {
      return units.damaged;
    },
  };
}

const PACKET_BYTES = 188;
const SYNC = 0x47;

/** Whole packets of a transport stream (RFC 2250, section 2). */
export function isTransportStream(payload: Buffer): boolean {
  return payload.length > 0 && payload.length % PACKET_BYTES === 0 && payload[0] === SYNC;
}
