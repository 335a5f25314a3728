// `stream-pump probe`: what a stream is. Reads a file to its end as fast as it can, anything live for a few seconds.

import { realClock, type Clock } from '../clock.ts';
import { PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { withoutCredentials } from '../log.ts';
import { sourceAt } from '../sources/index.ts';
import { partsOf } from '../sources/parts.ts';
import type { Feed, Source } from '../sources/source.ts';
import { command } from './command.ts';
import { Findings, type Found } from './findings.ts';
import { bytesOf, timeOf } from './figures.ts';
import { progress } from './progress.ts';
import { secondsOf } from './seconds.ts';
import { describe } from './words.ts';

const LIVE_SECONDS = 5;

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
    const limitMs = secondsOf(seconds);
    const source = sourceAt(input, { log, clock: realClock, self: 'probe' });
    if (!source) throw unknown(input);
    const looks = { clock: realClock, ...(limitMs !== undefined && { limitMs }) };
    const { found, failure } = await look(source, looks, signal);
    const shown = { input: withoutCredentials(input), ...found };
    process.stdout.write(`${json ? JSON.stringify(shown, null, 2) : describe(shown).join('\n')}\n`);
    // What was seen before it broke is of use all the same.
    if (failure !== undefined) throw failure;
  },
});

function unknown(input: string): PumpError {
  const expected = 'a path, - for stdin, or a URL such as http://…, mmsh://… or udp://GROUP:PORT';
  return new PumpError('usage', `cannot probe ${withoutCredentials(input)}: expected ${expected}`);
}

/** Looks at one feed until it ends, the limit is reached, or the signal is aborted. Fails where nothing was recognised. */
export async function look(
  source: Source,
  { clock, limitMs }: { clock: Clock; limitMs?: number },
  signal: AbortSignal,
): Promise<{ readonly found: Found; readonly failure?: Error }> {
  const looking = linked(signal);
  const until = looking.signal;
  let findings: Findings | undefined;
  let arrivals: Feed['arrivals'];
  let cancel = () => {};
  const stopShowing = progress(clock, () => shownOf(findings));
  try {
    const feed = await source.open(until);
    // A file is as long as its own clock says, a live stream as long as we look at it.
    const mostMs = limitMs ?? (feed.ahead ? Number.POSITIVE_INFINITY : LIVE_SECONDS * 1000);
    if (!feed.ahead) cancel = clock.after(mostMs, () => looking.abort());
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
    looking.unlink();
    stopShowing();
  }
}

function shownOf(findings: Findings | undefined): string {
  return findings ? `${bytesOf(findings.bytes)}, ${timeOf(findings.ms)} of the stream` : 'waiting';
}
