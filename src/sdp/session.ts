// A session: where a stream is multicast, as SDP (RFC 8866) tells it, with the sender's address where only his datagrams count
// (RFC 4570). Written for `.sdp` addresses and announcements; answers to offers are made of the same lines.

import { createHash } from 'node:crypto';
import { type MediaDescription, type SessionDescription, write } from 'sdp-transform';
import type { Group } from '../datagrams/group.ts';

export interface Session {
  readonly title: string;
  readonly group: Group;
  /** how many routers its datagrams may pass (IPv4) */
  readonly ttl?: number;
  readonly payloadType: number;
  /** its name in RFC 3551 and its kin: `MP2T`, `H264` */
  readonly codec: string;
  readonly clockRate: number;
  /** the codec's own parameters, such as `sprop-parameter-sets=…` */
  readonly fmtp?: string;
  /** the most it takes of a network, with all headers */
  readonly kilobits?: number;
  /** where RTCP goes to, where that is not the next port */
  readonly rtcpPort?: number;
  /** false: receivers are asked to send no reports (RFC 3556) */
  readonly reports?: boolean;
}

/** RFC 3551, table 5. */
export const TRANSPORT_STREAM = { payloadType: 33, codec: 'MP2T', clockRate: 90_000 } as const;

/** What is at a group of which nothing more is known. */
export function sessionAt(group: Group, title = ''): Session {
  return { title, group, ...TRANSPORT_STREAM };
}

/** An IPv4 group has to be told with a TTL, and who only receives it does not learn that: as far as a large site. */
const USUAL_TTL = 16;
/** Six bytes of a hash are a number that JavaScript, C and Java all hold. */
const ID_BYTES = 6;

/** `origin`: the address of the machine that tells it. */
export function describe(session: Session, origin: string): string {
  const common = sessionLines(session, origin, { ttl: true });
  return write({
    ...common,
    direction: 'recvonly',
    invalid: [{ value: 'type:broadcast' }],
    media: [mediaLines(session)],
  });
}

export function sessionLines(session: Session, origin: string, { ttl }: { ttl: boolean }) {
  const { address, family, source } = session.group;
  const hops = ttl && family === 4 && session.group.isMulticast ? `/${session.ttl ?? USUAL_TTL}` : '';
  // A hash of all that is told: a session that changes becomes another one, so that its version need not be counted.
  const id = createHash('sha256')
    .update(JSON.stringify([session, origin]))
    .digest()
    .readUIntBE(0, ID_BYTES);
  return {
    version: 0,
    origin: {
      username: '-',
      sessionId: id,
      sessionVersion: 1,
      netType: 'IN',
      ipVer: origin.includes(':') ? 6 : 4,
      address: origin,
    },
    name: oneLine(session.title) || '-',
    connection: { version: family, ip: `${address}${hops}` },
    timing: { start: 0, stop: 0 },
    ...(source !== undefined && {
      sourceFilter: {
        filterMode: 'incl',
        netType: 'IN',
        addressTypes: `IP${family}`,
        destAddress: address,
        srcList: source,
      },
    }),
  } satisfies Partial<SessionDescription>;
}

/** Without RTP there is no name for it that is registered; FFmpeg and live555 (in VLC) know this one. */
const RAW = 'udp';

export function mediaLines(session: Session): MediaDescription {
  const { group, payloadType, codec, clockRate, fmtp, kilobits, rtcpPort, reports } = session;
  const isRtp = group.scheme === 'rtp';
  return {
    type: 'video',
    port: group.port,
    protocol: isRtp ? 'RTP/AVP' : RAW,
    payloads: String(payloadType),
    bandwidth: [
      ...(kilobits === undefined ? [] : [{ type: 'AS' as const, limit: kilobits }]),
      ...(reports === false ? [{ type: 'RR' as const, limit: 0 }] : []),
    ],
    rtp: isRtp ? [{ payload: payloadType, codec, rate: clockRate }] : [],
    fmtp: isRtp && fmtp !== undefined ? [{ payload: payloadType, config: oneLine(fmtp) }] : [],
    ...(isRtp && rtcpPort !== undefined && { rtcp: { port: rtcpPort } }),
  };
}

const oneLine = (text: string) => text.replaceAll(/\p{Cc}+/gu, ' ').trim();
