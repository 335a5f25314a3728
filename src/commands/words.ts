// What `probe` found, in words.

import type { Track } from '../containers/container.ts';
import type { Report } from '../containers/examination.ts';
import { arrivalRows } from './arrivals.ts';
import type { Found } from './findings.ts';
import { bitrateOf } from './figures.ts';

/** What a line is about, and what there is to say; lines without are left out. */
type Line = [string, string | undefined];

/** The findings for people, a line for each. */
export function describe(found: Found & { readonly input: string }): string[] {
  const { input, container, seconds, tracks, bitrate, keyframes, packets, packetBytes, changes, losses } = found;
  const { arrivals, report } = found;
  const told: Line[] = [
    ['container', container],
    ...tracks.map(({ id, kind, ...track }): Line => [`${kind} ${id}`, trackOf(track)]),
    ['seen', `${seconds.toFixed(1)} s`],
    ['bit rate', bitrate === undefined ? undefined : `${bitrateOf(bitrate)} measured`],
    ['key frames', keyframes && keyframesOf(keyframes)],
    ['packets', packetBytes === undefined ? String(packets) : `${packets} of ${sizesOf(packetBytes)}`],
    ...(arrivals ? arrivalRows(arrivals) : []),
    ['header', changes === 0 ? undefined : `changed ${changes} ×`],
    ['lost', counted(losses) || 'nothing'],
    ...(report ? reported(report) : []),
  ];
  const width = Math.max(...told.map(([name]) => name.length));
  return [input, ...told.flatMap(([name, text]) => (text === undefined ? [] : `  ${name.padEnd(width)}  ${text}`))];
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

function reported({ services = [], clockJitterMs, clockGapMs, clockOffNs, errors = {}, streams }: Report): Line[] {
  const clock = [
    clockGapMs !== undefined && `at most ${clockGapMs} ms apart`,
    clockJitterMs !== undefined && `${clockJitterMs} ms of jitter`,
    clockOffNs !== undefined && `${clockOffNs} ns off`,
  ].filter((word) => word !== false);
  return [
    ...services.map(({ id, name, provider }): Line => [`program ${id}`, provider ? `${name} (${provider})` : name]),
    ['clock', clock.join(', ') || undefined],
    ['errors', counted(errors) || 'none'],
    ...streams.map((stream): Line => [`PID ${stream.id}`, pidOf(stream)]),
  ];
}

function pidOf({ what, bitrate, errors, scrambled }: Report['streams'][number]): string {
  const words = [
    what,
    bitrateOf(bitrate),
    errors !== undefined && `${errors} continuity errors`,
    scrambled !== undefined && `${scrambled} packets scrambled`,
  ];
  return words.filter((word) => word !== false).join(', ');
}

function trackOf({
  codec,
  width,
  height,
  channels,
  sampleRate,
  bitrate,
  language,
}: Omit<Track, 'id' | 'kind'>): string {
  const words = [
    codec,
    language !== undefined && language,
    width !== undefined && height !== undefined && `${width}x${height}`,
    channels !== undefined && (channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`),
    sampleRate !== undefined && `${sampleRate} Hz`,
    bitrate !== undefined && bitrateOf(bitrate),
  ];
  return words.filter((word) => word !== false).join(', ');
}

function keyframesOf({ count, medianSeconds, mostSeconds }: NonNullable<Found['keyframes']>): string {
  if (medianSeconds === undefined || mostSeconds === undefined) return `${count} seen: too few to tell how far apart`;
  return `every ${medianSeconds.toFixed(1)} s (median of ${count}), ${mostSeconds.toFixed(1)} s at the most`;
}

function sizesOf({ least, most }: NonNullable<Found['packetBytes']>): string {
  return least === most ? `${most} bytes` : `${least} to ${most} bytes`;
}
