// GET /metrics: what the pump knows of itself, in Prometheus' text format. All is read at the moment of asking; the time to join
// and the delay of the event loop alone are measured as they happen. Nothing else knows prom-client.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Context } from 'koa';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { measures } from './measures.ts';
import type { Means } from '../means.ts';
import type { Look } from './samples.ts';
import { isConfigured } from '../stream.ts';

/** From a key frame that is at hand to a source that has to be opened first. */
const JOIN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** How often the event loop is looked at; Node counts this pause into the delay. */
const LOOK_MS = 20;

export function metrics(means: Means) {
  const joinTime = new Histogram({
    name: 'stream_pump_join_seconds',
    help: `Time from a viewer's request to the first of the stream handed to its socket, at a key frame where there is one.`,
    buckets: JOIN_SECONDS,
    registers: [],
  });
  const delay = loopDelay(means.signal);
  const joined = (ms: number): void => joinTime.observe(ms / 1000);
  means.elsewhere?.joined(joined);
  return {
    joined: means.joined ?? joined,

    tell: async (ctx: Context): Promise<void> => {
      await means.allow(ctx.req, means.rules.metrics ?? {});
      const seen = [...means.streams.values()]
        .filter(({ enabled }) => enabled)
        .map((stream) => ({ stream, status: stream.channel.status() }));
      const registry = registryOf({
        configured: seen.filter(({ stream }) => isConfigured(stream)),
        others: seen.filter(({ stream }) => !isConfigured(stream)),
        connections: (means.elsewhere ?? means).connections(),
        delay: delay(),
      });
      registry.registerMetric(joinTime);
      ctx.set('Cache-Control', 'no-store');
      ctx.set('Content-Type', registry.contentType);
      ctx.body = await registry.metrics();
    },
  };
}

function registryOf(look: Look): Registry {
  const registry = new Registry();
  for (const { type, name, help, samples } of measures) {
    const all = samples(look);
    const options = { name, help, labelNames: Object.keys(all[0]?.[0] ?? {}), registers: [registry] };
    const metric = type === 'gauge' ? new Gauge(options) : new Counter(options);
    for (const [labels, value] of all) metric.inc(labels, value);
  }
  return registry;
}

/** The delay of the event loop in seconds since it was last asked for; nothing is measured before. */
function loopDelay(signal: AbortSignal): () => Look['delay'] {
  const histogram = monitorEventLoopDelay({ resolution: LOOK_MS });
  signal.addEventListener('abort', () => histogram.disable(), { once: true });
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LOOK_MS / 1000) || 0;
  return () => {
    const { mean, max } = histogram;
    const told = { mean: seconds(mean), p99: seconds(histogram.percentile(99)), max: seconds(max) };
    histogram.reset();
    if (!signal.aborted) histogram.enable();
    return told;
  };
}
