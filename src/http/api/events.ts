// GET /api/events: everything first, then what has changed, once a second (server-sent events, WHATWG HTML 9.2). One snapshot
// serves all who listen, and nothing but samples of the past is taken while nobody does.

import type { Context } from 'koa';
import { every } from '../../clock.ts';
import { tally } from '../../log.ts';
import { version } from '../../version.ts';
import { MOST_SAMPLES, SAMPLE_MS, history } from './history.ts';
import { listeners } from './listeners.ts';
import type { Means } from '../means.ts';
import { difference } from './merge-patch.ts';
import { describe } from './status.ts';
import type { Stream } from '../stream.ts';
import type { All, Change, Streams, StreamTold } from './told.ts';

const TICK_MS = 1000;

/** The connection ends with the pump; nginx collects what it passes on unless it is told not to. */
const HEAD = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

export function events(means: Means): (ctx: Context) => void {
  const { clock, signal } = means;
  const past = history(means.streams);
  const snapshot = snapshots(means);
  let streams: Streams | undefined;
  let told: Buffer | undefined;

  function everything(): Buffer {
    streams ??= snapshot();
    const all: All = {
      version: version(),
      nowMs: Date.now(),
      sampleMs: SAMPLE_MS,
      mostSamples: MOST_SAMPLES,
      hasAdmin: means.rules.admin !== undefined,
      streams,
      past: past.all(),
    };
    return (told ??= event('all', all));
  }

  const audience = listeners(clock, everything, signal);

  function tick(isSample: boolean): void {
    if (isSample) past.sample();
    const before = streams;
    streams = told = undefined;
    if (audience.size === 0) return;
    streams = snapshot();
    const patch = before && difference(before, streams);
    const change: Change = { streams: patch ?? {}, isSample };
    // A sample is told even where nothing has changed, so that no proxy hangs up on silence.
    audience.tell(patch === undefined && !isSample ? undefined : event('change', change));
  }

  let ticks = 0;
  const stop = every(clock, TICK_MS, () => tick((ticks += 1) % (SAMPLE_MS / TICK_MS) === 0));
  signal.addEventListener('abort', stop, { once: true });

  return (ctx) => {
    const { res } = ctx;
    if (ctx.method !== 'HEAD') audience.refuseOneTooMany();
    ctx.respond = false;
    res.writeHead(200, HEAD);
    if (ctx.method === 'HEAD' || signal.aborted) res.end();
    else audience.add(res);
  };
}

/** A stream that cannot be described is left out, and told in the log: the pump does not end for want of a status. */
function snapshots(means: Means): () => Streams {
  const failed = tally(means.log, 'status failed', means.clock, 'error');
  const outline = (stream: Stream): [string, StreamTold][] => {
    try {
      const { report: _long, ...told } = describe(stream);
      return [[stream.path, told]];
    } catch (error) {
      failed({ stream: stream.path, err: error });
      return [];
    }
  };
  return () => Object.fromEntries([...means.streams.values()].flatMap(outline));
}

function event(name: string, data: object): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
