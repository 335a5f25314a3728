// How datagrams came, for people: what of it is said of any, and what of RTP alone.

import type { Arrivals } from '../datagrams/arrivals.ts';

/** Rows of a table: a name, and what is to be said. */
export function arrivalRows(arrivals: Arrivals): [string, string][] {
  const { packets, jitterMs, ssrc = 0, payloadType, refused, refusals, dropped, kernelDrops = 0 } = arrivals;
  const isRtp = jitterMs !== undefined;
  const lost = `${arrivals.lost} lost, ${arrivals.reordered} reordered, ${arrivals.duplicates} duplicates, ${arrivals.late} late`;
  const why = Object.entries(refusals).map(([reason, count]) => `${count} of ${reason}`);
  return [
    ['datagrams', isRtp ? `${packets}: ${lost}` : `${packets}, without numbers to tell what is missing`],
    ...(isRtp ? [row('RTP', `type ${payloadType}, SSRC ${hex(ssrc)}, jitter ${jitterMs.toFixed(1)} ms`)] : []),
    ...(refused > 0 ? [row('refused', why.join(', '))] : []),
    ...(dropped + kernelDrops > 0 ? [row('dropped', `${dropped + kernelDrops} for want of room on this machine`)] : []),
  ];
}

const row = (name: string, text: string): [string, string] => [name, text];
const hex = (ssrc: number) => `0x${ssrc.toString(16).padStart(8, '0')}`;
