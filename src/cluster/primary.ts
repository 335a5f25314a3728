// A pump of several processes: this one has every source, and is itself reached only by its workers, at a Unix socket in a folder
// that nobody else may enter. The workers let viewers in, each being a pump whose every stream comes from this one.

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { Tempo } from '../channels/tempo.ts';
import { aborted, every, realClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Certificate, Certificates } from '../http/certificate.ts';
import type { Looks } from '../log.ts';
import { certificatesOf } from '../pump/front.ts';
import type { Streams } from '../pump/streams.ts';
import { nameOfPump, type Part, type PumpOptions, runPump } from '../pump.ts';
import { version } from '../version.ts';
import { build } from './build.ts';
import { type Folder, openFolder } from './folder.ts';
import type { Begin, Pem } from './messages.ts';
import { Crew } from './crew.ts';
import { shareOf } from './share.ts';
import { tallies } from './tally.ts';
import { dropIn, listsOf } from './viewers.ts';

/** How often it is told who watches where, and looked whether there are other streams. */
const TELLING_MS = 1000;
const KEY_BYTES = 32;

export interface ClusterOptions extends Pick<PumpOptions, 'log' | 'told' | 'sockets' | 'renewed' | 'onReopen'> {
  readonly looks: Looks;
}

export async function runCluster(config: Config, options: ClusterOptions, signal: AbortSignal): Promise<void> {
  const folder = await openFolder();
  try {
    await run(config, { ...options, folder }, signal);
  } finally {
    await rm(folder.path, { recursive: true, force: true });
  }
}

async function run(
  config: Config,
  { looks, told, renewed, onReopen, folder, ...around }: ClusterOptions & { readonly folder: Folder },
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const { path, inside } = folder;
  const digestKey = randomBytes(KEY_BYTES).toString('base64');
  const known = { looks, self: nameOfPump(), digestKey, folder: path, inside };
  let streams: Streams | undefined;
  const tempo = new Tempo();
  const tally = tallies(() => streams?.all ?? new Map(), tempo);
  let crew: Crew | undefined;
  let now = config;
  let running: Promise<void> = Promise.resolve();
  const isEnough = aborted(signal);
  try {
    const certificates = await certificatesOf(config, { clock: realClock, log: around.log }, stop.signal);
    const listening = new Promise<() => void>((resolve, reject) => {
      const pump: PumpOptions = {
        ...around,
        told: (...all) => resolve(() => told?.(...all)),
        renewed: (renew) => {
          const go = (config: Config) => renew((now = config));
          renewed?.(renewing(go, () => crew, around.log));
        },
        onReopen: (reopen) => onReopen?.(() => (reopen(), crew?.tell({ kind: 'reopen' }))),
        part: {
          self: known.self,
          files: [path, inside],
          ...(certificates && { certificates }),
          tempo,
          streams: (opened) => (streams = opened),
          front: frontOf(known, tally, () => crew),
        },
      };
      running = runPump(config, pump, stop.signal);
      running.catch(reject);
    });
    const tell = await Promise.race([listening, isEnough]);
    if (!tell || !streams) return;
    crew = hire(config, { now: () => now, streams, tally, known, certificates, log: around.log }, stop.signal);
    await Promise.race([crew.begin(), running, isEnough]);
    if (!signal.aborted) tell();
    await Promise.race([running, isEnough]);
  } finally {
    // The workers first: their viewers are to hear that the pump stops, not that a stream is gone.
    const ended = crew?.end();
    stop.abort();
    await Promise.allSettled([running, ended]);
  }
}

/** The front that lets nobody in itself, and tells of those who are with the workers. */
function frontOf(
  { digestKey, inside }: Known,
  { measures }: ReturnType<typeof tallies>,
  crew: () => Crew | undefined,
): Part['front'] {
  return {
    digestKey: Buffer.from(digestKey, 'base64'),
    primary: {
      inside,
      hand(scheme, socket) {
        const there = crew();
        if (there) there.hand(scheme, socket);
        else socket.destroy();
      },
    },
    elsewhere: {
      ...measures,
      lists: (path) => listsOf(crew()?.all ?? [], path),
      drop: (path, id) => dropIn(crew()?.all ?? [], path, id),
    },
  };
}

/** What every worker is told that is started. */
type Known = Omit<Begin, 'kind' | 'messages' | 'number' | 'originMs' | 'config' | 'certificate'>;

interface Hiring {
  /** the configuration at the moment */
  readonly now: () => Config;
  readonly streams: Streams;
  readonly tally: ReturnType<typeof tallies>;
  readonly known: Known;
  readonly certificates: Certificates | undefined;
  readonly log: Logger;
}

/** Workers, who are told of other streams as these come and go. */
function hire(config: Config, { now, streams, tally, known, certificates, log }: Hiring, signal: AbortSignal): Crew {
  const share = () => shareOf(config, now(), streams.plans, known.inside);
  let shared = share();
  const crew = new Crew({
    count: config.workers === 'auto' ? availableParallelism() : config.workers,
    start: () => ({
      ...known,
      ...(certificates && { certificate: pemOf(certificates.now) }),
      originMs: performance.timeOrigin,
      config: shared,
    }),
    report: tally.report,
    gone: tally.gone,
    log,
    clock: realClock,
  });
  certificates?.onNext((next) => crew.tell({ kind: 'certificate', certificate: pemOf(next) }));
  const stop = every(realClock, TELLING_MS, () => {
    const next = share();
    if (!isDeepStrictEqual(next, shared)) crew.tell({ kind: 'renew', config: (shared = next) });
    tally.tell(crew.all);
    crew.look();
  });
  signal.addEventListener('abort', stop, { once: true });
  return crew;
}

function pemOf({ cert, key }: Certificate): Pem {
  return { cert: cert.toString('latin1'), key: key.toString('latin1') };
}

/** A hang-up: this process goes by the new configuration and the workers follow; where the program was written anew, others of
 *  the new build take their places. */
function renewing(
  renew: (config: Config) => Promise<void>,
  crew: () => Crew | undefined,
  log: Logger,
): (config: Config) => Promise<void> {
  const own = build();
  const ownVersion = version();
  let workers = own;
  return async (config) => {
    await renew(config);
    const now = await build();
    if (now !== (await workers)) {
      log.info('there is another build: workers take it over one by one');
      if (await crew()?.renew()) workers = Promise.resolve(now);
    }
    if (now !== (await own))
      log.warn(
        { version: ownVersion, installed: version() },
        'the process with the sources stays on the build that it was started from: start the pump anew to have all of it on the other',
      );
  };
}
