// A pump of several processes: this one has every source, and is itself reached only by its workers, at a Unix socket in a folder
// that nobody else may enter. The workers let viewers in, each being a pump whose every stream comes from this one.

import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { every, realClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Looks } from '../log.ts';
import type { Streams } from '../pump/streams.ts';
import { certificateOf, nameOfPump, type PumpOptions, runPump } from '../pump.ts';
import { build } from './build.ts';
import type { Begin } from './messages.ts';
import { Crew } from './crew.ts';
import { shareOf } from './share.ts';
import { tallies } from './tally.ts';

/** How often it is told who watches where, and looked whether there are other streams. */
const TELLING_MS = 1000;
const KEY_BYTES = 32;

export interface ClusterOptions extends Pick<PumpOptions, 'log' | 'told' | 'renewed' | 'onReopen'> {
  readonly looks: Looks;
}

export async function runCluster(config: Config, options: ClusterOptions, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stream-pump-'));
  try {
    await run(await withCertificate(config), { ...options, folder }, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Made once, before several would. */
async function withCertificate(config: Config): Promise<Config> {
  const { https } = config;
  return https ? { ...config, https: { ...https, certificate: await certificateOf(https) } } : config;
}

async function run(
  config: Config,
  { log, looks, told, renewed, onReopen, folder }: ClusterOptions & { readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.js', import.meta.url)), args: [], execArgv: [] });
  const stop = new AbortController();
  const inside = join(folder, 'inside.sock');
  const self = nameOfPump();
  const digestKey = randomBytes(KEY_BYTES);
  let crew: Crew | undefined;
  let opened: Streams | undefined;
  const tally = tallies(() => opened?.all ?? new Map());
  let running: Promise<void> = Promise.resolve();
  try {
    const streams = await new Promise<Streams>((resolve, reject) => {
      const pump: PumpOptions = {
        log,
        told: () => opened && resolve(opened),
        renewed: (renew) => renewed?.(renewing(renew, () => crew, log)),
        onReopen: (reopen) => onReopen?.(() => (reopen(), crew?.reopen())),
        part: {
          self,
          streams: (streams) => (opened = streams),
          front: { digestKey, inside, elsewhere: tally.measures },
        },
      };
      running = runPump(config, pump, stop.signal);
      running.catch(reject);
    });
    const known = { looks, self, digestKey: digestKey.toString('base64'), folder, inside };
    crew = hire(config, { streams, tally, known, log }, stop.signal);
    const beginning = crew.begin();
    const isEnough = aborted(signal);
    const addresses = await Promise.race([beginning, running, isEnough]);
    if (addresses) told?.(addresses, [...streams.all.values()]);
    await Promise.race([running, isEnough]);
  } finally {
    // The workers first: their viewers are to hear that the pump stops, not that a stream is gone.
    const ended = crew?.end();
    stop.abort();
    await Promise.allSettled([running, ended]);
  }
}

/** What every worker is told that is started. */
type Known = Omit<Begin, 'kind' | 'messages' | 'number' | 'originMs' | 'config'>;

interface Hiring {
  readonly streams: Streams;
  readonly tally: ReturnType<typeof tallies>;
  readonly known: Known;
  readonly log: Logger;
}

/** Workers, who are told of other streams as these come and go. */
function hire(config: Config, { streams, tally, known, log }: Hiring, signal: AbortSignal): Crew {
  const share = () => shareOf(config, streams.plans, known.inside);
  let shared = share();
  const crew = new Crew({
    count: config.workers === 'auto' ? availableParallelism() : config.workers,
    start: () => ({ ...known, originMs: performance.timeOrigin, config: shared }),
    report: tally.report,
    gone: tally.gone,
    log,
    clock: realClock,
  });
  const stop = every(realClock, TELLING_MS, () => {
    const now = share();
    if (!isDeepStrictEqual(now, shared)) crew.configure((shared = now));
    tally.tell(crew.all, crew.present);
  });
  signal.addEventListener('abort', stop, { once: true });
  return crew;
}

/** A hang-up: this process goes by the new configuration and the workers follow; where the program was written anew, others of
 *  the new build take their places. */
function renewing(
  renew: (config: Config) => Promise<void>,
  crew: () => Crew | undefined,
  log: Logger,
): (config: Config) => Promise<void> {
  let workers = build();
  return async (config) => {
    await renew(config);
    const [before, now] = await Promise.all([workers, build()]);
    if (now === before) return;
    log.info('there is another build: workers take it over one by one');
    if (await crew()?.renew()) workers = Promise.resolve(now);
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
