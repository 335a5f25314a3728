// The receiver's half: the offer that is posted to whoever may know where a stream is multicast, and what an answer or any other
// description comes to for somebody who wants to join.

import { isIP } from 'node:net';
import { write } from 'sdp-transform';
import { PumpError } from '../errors.ts';
import { groupAt } from '../datagrams/group.ts';
import { bracketed } from '../range.ts';
import type { Codec, Description, Media } from './description.ts';
import { type Session, TRANSPORT_STREAM } from './session.ts';

/** What can be made something of; all else can still be counted. Every number that is not fixed is told by the answer. */
const H264 = { payloadType: 96, codec: 'H264', clockRate: 90_000 };
/** The group and port of the clients that the first of these servers were made for; nobody looks at them. */
const PLACE = { address: '239.0.0.1', port: 5004 };

/** Some of those servers look for H.264 with payload type 96, on the first `m=` line. */
export function offer(): string {
  const codecs = [H264, TRANSPORT_STREAM];
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: Math.floor(Date.now() / 1000),
      sessionVersion: 1,
      netType: 'IN',
      ipVer: 4,
      address: PLACE.address,
    },
    name: 'Stream Pump',
    connection: { version: 4, ip: PLACE.address },
    timing: { start: 0, stop: 0 },
    media: [
      {
        type: 'video',
        port: PLACE.port,
        protocol: 'RTP/AVP',
        payloads: codecs.map(({ payloadType }) => payloadType).join(' '),
        direction: 'recvonly',
        rtp: codecs.map(({ payloadType, codec, clockRate }) => ({ payload: payloadType, codec, rate: clockRate })),
        fmtp: [{ payload: H264.payloadType, config: 'packetization-mode=1' }],
      },
    ],
  });
}

/** What is to be joined: the first medium whose codec is known here, or else the first. */
export function sessionOf({ title, media }: Description): Session {
  const open = media.filter(({ port }) => port > 0);
  const known = [H264.codec, TRANSPORT_STREAM.codec];
  const chosen = open.find((one) => known.includes(codecOf(one)?.name.toUpperCase() ?? '')) ?? open[0];
  if (!chosen) throw new PumpError('malformed', 'This SDP names nothing to be received: no m= line has a port.');
  const codec = codecOf(chosen);
  if (!codec) throw new PumpError('malformed', `This SDP does not say what payload type ${chosen.formats[0]} is.`);
  const { payloadType, name, clockRate, fmtp } = codec;
  const { connection, kilobits, rtcpPort, reports } = chosen;
  return {
    title,
    group: groupOf(chosen),
    payloadType,
    codec: name.toUpperCase(),
    clockRate,
    reports,
    ...(connection?.ttl !== undefined && { ttl: connection.ttl }),
    ...(fmtp !== undefined && { fmtp }),
    ...(kilobits !== undefined && { kilobits }),
    ...(rtcpPort !== undefined && { rtcpPort }),
  };
}

function codecOf({ codecs, protocol }: Media): Codec | undefined {
  // Without RTP there are no payload types.
  if (/udp$/i.test(protocol)) return { ...TRANSPORT_STREAM, name: TRANSPORT_STREAM.codec };
  return codecs[0];
}

function groupOf({ connection, port, protocol, sources }: Media): Session['group'] {
  const { family, address = '' } = connection ?? {};
  if (isIP(address) !== family)
    throw new PumpError('malformed', `This SDP names no address to receive at: '${address}' is none.`);
  // A socket listens to one sender or to all.
  const [source] = sources;
  const before = source === undefined ? '' : `${bracketed(source)}@`;
  const group = groupAt(/udp$/i.test(protocol) ? 'udp' : 'rtp', `${before}${bracketed(address)}:${port}`);
  if (!group) throw new PumpError('malformed', `This SDP names a sender that is no address: '${source}'.`);
  return group;
}
