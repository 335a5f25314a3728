// Puts one process together: configuration -> streams with their sources, and the HTTP front. Runs until told to stop.

import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { type CertificateFiles, keepCertificate } from './certificate.ts';
import { Tempo } from './channels/tempo.ts';
import { realClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { type AccessLog, openAccessLog } from './http/access-log.ts';
import { runHttp, type Front } from './http/server.ts';
import type { Stream } from './http/stream.ts';
import type { Around } from './pump/opened.ts';
import { planOf } from './pump/plan.ts';
import { Streams } from './pump/streams.ts';

/** Where a certificate of our own is kept, beside the configuration. */
const CERTIFICATES = 'certs';

export interface PumpOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** told the addresses that can be opened, once they can, and the streams there */
  readonly told?: (addresses: Parameters<NonNullable<Front['told']>>[0], streams: readonly Stream[]) => void;
  /** Ends when all streams are over and their viewers have got all of it, instead of waiting for more; fails where one of
   *  them failed for good. */
  readonly untilOver?: boolean;
  /** Handed what another configuration is told by, once the pump runs: resolves when the pump goes by it. */
  readonly renewed?: (renew: (config: Config) => Promise<void>) => void;
  /** Handed what is to be called when the files that are written to have been moved away. */
  readonly onReopen?: (reopen: () => void) => void;
  /** one process of several that are a pump together */
  readonly part?: Part;
}

type PartOfFront = Pick<
  Front,
  'inside' | 'forward' | 'leaving' | 'counted' | 'crowded' | 'joined' | 'elsewhere' | 'digestKey'
>;

export interface Part {
  /** as HTTP hears of it */
  readonly front: PartOfFront;
  /** all of them among all pumps, and this one among them, where it has its streams from another of them */
  readonly self: string;
  readonly name?: string;
  /** handed the streams before they are opened */
  readonly streams: (streams: Streams) => void;
}

export async function runPump(config: Config, options: PumpOptions, signal: AbortSignal): Promise<void> {
  const { log, clock = realClock, told, untilOver = false, renewed, onReopen, part } = options;
  const self = part?.self ?? nameOfPump();
  const around = {
    log,
    clock,
    untilOver,
    tempo: new Tempo(),
    self: part?.name ?? self,
    isPart: part?.name !== undefined,
  };
  const streams = new Streams(plansOf(config), around);
  part?.streams(streams);
  const visits = config.accessLog && (await openAccessLog(config.accessLog, { log, clock }));
  if (visits) onReopen?.(visits.reopen);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  until.addEventListener('abort', () => void streams.end(), { once: true });
  const running: Promise<void>[] = [];
  try {
    const front = await frontOf(config, { ...around, self }, streams.all, visits, told, part);
    streams.run();
    running.push(runHttp(front, until), ...(untilOver ? [streams.seenOff()] : []));
    renewed?.(renewing(config, streams, log));
    await Promise.race(running);
  } finally {
    stop.abort();
    await Promise.allSettled([...running, streams.end()]);
    await visits?.close();
  }
}

/** One that no other pump has. */
export function nameOfPump(): string {
  return `pump-${randomBytes(8).toString('hex')}`;
}

function plansOf({ streams, proxy }: Config) {
  return streams.map((stream) => planOf(stream, proxy));
}

/** One renewal after the other. */
function renewing(before: Config, streams: Streams, log: Logger): (config: Config) => Promise<void> {
  let last = Promise.resolve();
  const renew = async (config: Config) => {
    const { added, removed, changed } = await streams.renew(plansOf(config));
    log.info({ added, removed, changed }, 'configuration renewed');
    const wantsRestart = others(before, config);
    if (wantsRestart.length > 0) log.warn({ changed: wantsRestart }, 'this part of the configuration needs a restart');
  };
  return (config) => (last = last.then(() => renew(config)));
}

/** What goes by the new configuration at once; the front was made of all the others. */
const RENEWED = ['streams', 'proxy'];

function others(before: Config, now: Config): string[] {
  const [then, next] = [new Map(Object.entries(before)), new Map(Object.entries(now))];
  const keys = new Set([...then.keys(), ...next.keys()]);
  return [...keys].filter((key) => !RENEWED.includes(key) && !isDeepStrictEqual(then.get(key), next.get(key)));
}

async function frontOf(
  { http, https, redirect404To, trustProxy, metrics }: Config,
  { log, clock, self }: Around,
  streams: Front['streams'],
  visits: AccessLog | undefined,
  told: PumpOptions['told'],
  part: Part | undefined,
): Promise<Front> {
  const files = https && (await certificateOf(https));
  // Whoever is reached by the others alone leaves clients to them.
  const isPublic = part?.front.inside === undefined;
  return {
    ...part?.front,
    ...(isPublic && http && { http }),
    ...(isPublic && https && files && { https: { host: https.host, port: https.port, ...files } }),
    ...(redirect404To !== undefined && { redirect404To }),
    trustProxy,
    ...(metrics && { metrics }),
    ...(visits && { visited: visits.write }),
    streams,
    self,
    log,
    clock,
    ...(told && { told: (addresses) => told(addresses, [...streams.values()]) }),
  };
}

/** The files of a certificate, made where none is configured. */
export async function certificateOf({ certificate }: NonNullable<Config['https']>): Promise<CertificateFiles> {
  return certificate === 'self-signed' ? keepCertificate(CERTIFICATES) : certificate;
}
