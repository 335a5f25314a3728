// Reads SDP (RFC 8866) that strangers send: bounded, and strict in the lines that something is made of, tolerant in all else (a
// line may end with LF alone, attributes may be unknown). What is none is answered with the line that is wrong. The grammar is
// sdp-transform's, which skips in silence what it does not understand: so each line's form is looked at before.

import { type MediaDescription, parse } from 'sdp-transform';
import { checked } from './lines.ts';
import { TRANSPORT_STREAM } from './session.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface Connection {
  readonly family: 4 | 6;
  /** an address, or a host's name */
  readonly address: string;
  /** `/127`: of IPv4 groups alone */
  readonly ttl?: number;
}

export interface Codec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly fmtp?: string;
}

/** An `m=` line and what holds for it, be it said there or for all. */
export interface Media {
  readonly kind: string;
  /** 0: not wanted */
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connection?: Connection;
  readonly direction: Direction;
  readonly codecs: readonly Codec[];
  /** the senders that are to be heard, and no others */
  readonly sources: readonly string[];
  readonly kilobits?: number;
  readonly rtcpPort?: number;
  readonly reports: boolean;
}

export interface Description {
  readonly title: string;
  readonly connection?: Connection;
  readonly media: readonly Media[];
}

export function readSdp(sdp: string): Description {
  const lines = checked(sdp);
  const whole = parse(lines.map((line) => line.text).join('\r\n'));
  // Of a second `c=` at the same level, as of every line that comes twice, the last one counts.
  const connection = connectionOf(whole.connection);
  const common = { connection, direction: whole.direction, sourceFilter: whole.sourceFilter };
  const media = whole.media.map((one) => mediaOf(one, common));
  // sdp-transform makes a number of what looks like one, NaN of 'NaN', and leaves out what is empty.
  const title =
    lines
      .find(({ text }) => text.startsWith('s='))
      ?.text.slice(2)
      .trim() ?? '';
  return { title, ...(connection && { connection }), media };
}

interface Common {
  readonly connection: Connection | undefined;
  readonly direction: MediaDescription['direction'] | undefined;
  readonly sourceFilter: MediaDescription['sourceFilter'] | undefined;
}

function mediaOf(one: MediaDescription, common: Common): Media {
  const connection = connectionOf(one.connection) ?? common.connection;
  const limit = (type: string) => one.bandwidth?.find((line) => line.type === type)?.limit;
  const kilobits = number(limit('AS'));
  const formats = text(one.payloads).split(' ').filter(Boolean);
  return {
    kind: text(one.type),
    port: number(one.port),
    protocol: text(one.protocol),
    formats,
    ...(connection && { connection }),
    direction: one.direction ?? common.direction ?? 'sendrecv',
    codecs: formats.flatMap((format) => codecOf(format, one) ?? []),
    sources: sourcesOf(one.sourceFilter ?? common.sourceFilter, connection),
    ...(kilobits > 0 && { kilobits }),
    ...(one.rtcp && { rtcpPort: number(one.rtcp.port) }),
    reports: limit('RR') === undefined || number(limit('RR')) > 0,
  };
}

/** The payload types that mean something without being told; of all that there are, the one that this is about. */
function codecOf(format: string, { rtp, fmtp }: MediaDescription): Codec | undefined {
  const payloadType = number(format);
  if (!/^\d{1,3}$/.test(format) || payloadType > 127) return undefined;
  const config = fmtp.find(({ payload }) => number(payload) === payloadType)?.config;
  const more = config === undefined ? {} : { fmtp: text(config) };
  const map = rtp.find(({ payload }) => number(payload) === payloadType);
  if (map) return { payloadType, name: text(map.codec), clockRate: number(map.rate), ...more };
  if (payloadType !== TRANSPORT_STREAM.payloadType) return undefined;
  return { payloadType, name: TRANSPORT_STREAM.codec, clockRate: TRANSPORT_STREAM.clockRate, ...more };
}

function connectionOf(line: { version: number; ip: string } | undefined): Connection | undefined {
  if (!line) return undefined;
  const [address = '', first] = text(line.ip).split('/');
  const family = number(line.version) === 6 ? 6 : 4;
  // After the slash of an IPv6 group stands how many there are.
  return { family, address, ...(family === 4 && first !== undefined && { ttl: number(first) }) };
}

/** RFC 4570: those of this very address, or of any. Who is not to be heard cannot be told to a socket here. */
function sourcesOf(filter: Common['sourceFilter'], connection: Connection | undefined): readonly string[] {
  if (filter?.filterMode !== 'incl') return [];
  const isMeant = filter.destAddress === '*' || filter.destAddress === connection?.address;
  return isMeant ? text(filter.srcList).split(' ').filter(Boolean) : [];
}

/** Whatever its types say: sdp-transform makes a number of what looks like one, and leaves the rest text. */
const text = (value: string | number | undefined): string => `${value ?? ''}`;
const number = (value: string | number | undefined): number => Number(value ?? 0);
