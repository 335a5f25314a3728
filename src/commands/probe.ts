// `stream-pump probe`: what a stream is. Reads a file to its end as fast as it can, anything live for a few seconds.

import { realClock, type Clock } from '../clock.ts';
import type { Report, Track } from '../containers/container.ts';
import { PumpError } from '../errors.ts';
import { withoutCredentials } from '../log.ts';
import { file } from '../sources/file.ts';
import { multicast } from '../sources/multicast.ts';
import { partsOf } from '../sources/parts.ts';
import { pull } from '../sources/pull.ts';
import type { Feed, Means, Source } from '../sources/source.ts';
import { command } from './command.ts';
import { arrivalRows } from './arrivals.ts';
import { Findings, type Found } from './findings.ts';
import { bitrateOf, bytesOf, timeOf } from './figures.ts';
import { progress } from './progress.ts';

const LIVE_SECONDS = 5;
/** Nobody looks at a probe for longer than a day. */
const MOST_SECONDS = 86_400;

export const probe = command({
  name: 'probe',
  summary: 'says what a stream is',
  usage: ['INPUT|URL [--json] [--seconds N]'],
  help: `Reads a file (or - for stdin) or a URL for a while and says what it is: container, tracks, codecs, sizes, bit rate, key-frame
distance, losses; of a transport stream also services, the clock, each PID with its rate, and errors as TR 101 290 calls them.
A file is read to its end, anything live for ${LIVE_SECONDS} seconds; Ctrl-C ends it early with what was seen. Packets are those that the
pump would pass on: one in whose middle a key frame begins counts as two. Of datagrams (udp://, rtp://) it says how they came:
lost, reordered, twice, jitter.

  stream-pump probe http://localhost:8086/streams/demo-asf --seconds 10
  stream-pump probe udp://239.0.0.1:1234
  stream-pump probe film.asf --json`,
  options: {
    json: { type: 'boolean', says: 'as one JSON object' },
    seconds: {
      type: 'string',
      value: 'N',
      says: `how much of it to look at (default: all of a file, else ${LIVE_SECONDS})`,
    },
  },
  takes: { least: 1, most: 1 },
  async run({ values: { json = false, seconds }, positionals: [input = ''], log }, signal) {
    const limitMs = limitOf(seconds);
    const source = sourceOf(input, { log, clock: realClock, self: 'probe' });
    const looks = { clock: realClock, ...(limitMs === undefined ? {} : { limitMs }) };
    const { found, failure } = await look(source, looks, signal);
    const shown = { input: withoutCredentials(input), ...found };
    process.stdout.write(`${json ? JSON.stringify(shown, null, 2) : describe(shown).join('\n')}\n`);
    // What was seen before it broke is of use all the same.
    if (failure !== undefined) throw failure;
  },
});

/** In milliseconds, as all times. */
function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new PumpError('usage', `--seconds: expected a number of seconds up to ${MOST_SECONDS}, got '${text}'`);
}

function sourceOf(url: string, means: Means): Source {
  const pulled = pull.schema.safeParse({ url });
  if (pulled.success) return pull.create(pulled.data, means);
  const local = file.schema.safeParse({ url });
  if (local.success) return file.create(local.data, means);
  const group = multicast.schema.safeParse({ url });
  if (group.success) return multicast.create(group.data, means);
  throw new PumpError(
    'usage',
    `cannot probe ${withoutCredentials(url)}: expected a path, - for stdin, or a URL such as http://…, mmsh://… or udp://GROUP:PORT`,
  );
}

/** Looks at one feed until it ends, the limit is reached, or the signal is aborted. Fails where nothing was recognised. */
export async function look(
  source: Source,
  { clock, limitMs }: { clock: Clock; limitMs?: number },
  signal: AbortSignal,
): Promise<{ readonly found: Found; readonly failure?: Error }> {
  const enough = new AbortController();
  const until = AbortSignal.any([signal, enough.signal]);
  let findings: Findings | undefined;
  let arrivals: Feed['arrivals'];
  let cancel = () => {};
  const stopShowing = progress(clock, () => shownOf(findings));
  try {
    const feed = await source.open(until);
    // A file is as long as its own clock says, a live stream as long as we look at it.
    const mostMs = limitMs ?? (feed.ahead ? Number.POSITIVE_INFINITY : LIVE_SECONDS * 1000);
    if (!feed.ahead) cancel = clock.after(mostMs, () => enough.abort());
    ({ arrivals } = feed);
    const { container, parts } = await partsOf(feed);
    const seen = new Findings(container, { ahead: feed.ahead === true, ...(arrivals && { arrivals }) });
    findings = seen;
    feed.onLoss?.((what, count) => seen.take({ kind: 'loss', what, count }, clock.now()));
    for await (const part of parts) {
      findings.take(part, clock.now());
      if (findings.ms >= mostMs && feed.ahead) break;
    }
    return { found: findings.found() };
  } catch (error) {
    if (findings)
      return { found: findings.found(), ...(until.aborted || !(error instanceof Error) ? {} : { failure: error }) };
    if (!until.aborted) throw error;
    const refused = arrivals?.().refused ?? 0;
    const told = refused > 0 ? `, and ${refused} datagrams were no part of any` : '';
    const little = `${source.url} was not seen to be any stream: too little of it came in this time${told}`;
    throw new PumpError('no source', little);
  } finally {
    cancel();
    stopShowing();
  }
}

function shownOf(findings: Findings | undefined): string {
  return findings ? `${bytesOf(findings.bytes)}, ${timeOf(findings.ms)} of the stream` : 'waiting';
}

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
