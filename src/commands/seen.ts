// What `receive` shows of what came: a line for people, an object for programs.

import type { Session } from '../sdp/session.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import { urlOf } from '../datagrams/group.ts';
import { bitrateOf, bytesOf, timeOf } from './figures.ts';
import type { Seen } from './receiving.ts';

export interface Moment extends Seen {
  readonly ms: number;
  readonly written?: Written;
}

export interface Written {
  readonly bytes: number;
  /** packets that were not read in time */
  readonly leftOut: number;
  /** units of which a part did not come */
  readonly damaged: number;
}

export function lineOf({ ms, arrivals, bitsPerSecond }: Moment): string {
  const { packets, lost } = arrivals;
  return [timeOf(ms), `${packets} packets`, bitrateOf(bitsPerSecond), `lost ${lost}`, ...detailsOf(arrivals)].join(
    ', ',
  );
}

function detailsOf(arrivals: Arrivals): string[] {
  const { late, reordered, duplicates, refused, jitterMs, ssrc, payloadType, kernelDrops = 0 } = arrivals;
  return [
    `reordered ${reordered}`,
    `duplicate ${duplicates}`,
    ...(late > 0 ? [`late ${late}`] : []),
    ...(refused > 0 ? [`refused ${refused}`] : []),
    ...(kernelDrops > 0 ? [`dropped by the system ${kernelDrops}`] : []),
    ...(jitterMs === undefined ? [] : [`jitter ${jitterMs.toFixed(1)} ms`]),
    ...(ssrc === undefined ? [] : [`SSRC ${hex(ssrc)}`]),
    ...(payloadType === undefined ? [] : [`payload type ${payloadType}`]),
  ];
}

export function objectOf({ ms, arrivals, bitsPerSecond, senderMs }: Moment) {
  const { packets, bytes, lost, late, reordered, duplicates, refused, jitterMs, ssrc, payloadType, kernelDrops } =
    arrivals;
  return {
    seconds: Math.round(ms / 100) / 10,
    packets,
    bytes,
    bitrate: bitsPerSecond,
    lost,
    reordered,
    duplicates,
    late,
    refused,
    ...(kernelDrops !== undefined && { kernelDrops }),
    ...(jitterMs !== undefined && { jitterMs: Math.round(jitterMs * 1000) / 1000 }),
    ...(ssrc !== undefined && { ssrc: hex(ssrc) }),
    ...(payloadType !== undefined && { payloadType }),
    ...(senderMs !== undefined && { senderTime: new Date(senderMs).toISOString() }),
  };
}

/** The last object. */
export function sumOf({ group, codec }: Session, moment: Moment) {
  const { written } = moment;
  return { summary: true, from: urlOf(group), codec, ...(written && { written }), ...objectOf(moment) };
}

/** What was joined. */
export function joinedOf({ group, codec, payloadType, title }: Session): string {
  const name = title === '' ? '' : ` (${title})`;
  return `${urlOf(group)}${name}, ${codec}${group.scheme === 'rtp' ? ` as payload type ${payloadType}` : ''}`;
}

/** The last line. */
export function summaryOf({ arrivals, ms, written }: Moment): string {
  const { packets, bytes, lost } = arrivals;
  const share = packets + lost > 0 ? ` (${((100 * lost) / (packets + lost)).toFixed(2)} %)` : '';
  const rate = bitrateOf(ms > 0 ? (bytes * 8000) / ms : 0);
  const seen = [`received ${timeOf(ms)}`, `${packets} packets`, bytesOf(bytes), rate, `lost ${lost}${share}`];
  return [...seen, ...detailsOf(arrivals), ...(written ? writtenOf(written) : [])].join(', ');
}

function writtenOf({ bytes, leftOut, damaged }: Written): string[] {
  return [
    `written ${bytesOf(bytes)}`,
    ...(damaged > 0 ? [`${damaged} damaged units left out`] : []),
    ...(leftOut > 0 ? [`${leftOut} packets left out: they were read too slowly`] : []),
  ];
}

const hex = (ssrc: number) => ssrc.toString(16).padStart(8, '0');
