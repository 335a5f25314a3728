// What `receive` writes of a session: transport streams as they are, H.264 as a byte stream with its parameter sets first.

import { areWhole } from '../containers/mpegts/sync.ts';
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
    return { accepts: areWhole, first: [], take: (payload) => [payload], damaged: 0 };
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
