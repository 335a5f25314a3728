// GET /api/events: everything first, then what has changed, once a second. One snapshot serves all who listen, and nothing but
// samples of the past is taken while nobody does.

import type { Context } from 'koa';
import { every } from '../clock.ts';
import { tally } from '../log.ts';
import { version } from '../version.ts';
import { SAMPLE_MS, history } from './history.ts';
import { listeners } from './listeners.ts';
import type { Means } from './means.ts';
import { difference } from './merge-patch.ts';
import { enabled, outline } from './status.ts';
import type { Stream } from './stream.ts';
import type { All, Change, Streams, StreamTold } from './told.ts';

const TICK_MS = 1000;

export function events(means: Means): (ctx: Context) => void {
  const { clock, signal } = means;
  const past = history(() => enabled(means));
  const snapshot = snapshots(means);
  let streams: Streams | undefined;
  let told: string | undefined;

  function everything(): string {
    streams ??= snapshot();
    const all: All = {
      version: version(),
      nowMs: Date.now(),
      sampleMs: SAMPLE_MS,
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
    audience.tell(patch === undefined && !isSample ? undefined : event('change', change));
  }

  let ticks = 0;
  const stop = every(clock, TICK_MS, () => tick((ticks += 1) % (SAMPLE_MS / TICK_MS) === 0));
  signal.addEventListener('abort', stop, { once: true });

  return (ctx) => {
    const { res } = ctx;
    ctx.respond = false;
    res.statusCode = 200;
    // The connection ends with the pump; nginx collects what it passes on unless it is told not to.
    const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
    for (const [name, value] of Object.entries({ ...headers, Connection: 'close' })) res.setHeader(name, value);
    if (ctx.method === 'HEAD' || signal.aborted) return void res.end();
    try {
      audience.add(res);
    } catch (error) {
      ctx.respond = true;
      throw error;
    }
  };
}

/** A stream that cannot be described is left out, and told in the log: the pump does not end for want of a status. */
function snapshots(means: Means): () => Streams {
  const failed = tally(means.log, 'status failed', means.clock, 'error');
  const describe = (stream: Stream): [string, StreamTold][] => {
    try {
      return [[stream.path, outline(stream)]];
    } catch (error) {
      failed({ stream: stream.path, err: error });
      return [];
    }
  };
  return () => Object.fromEntries(enabled(means).flatMap(describe));
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
