// Puts one process together: configuration -> channels with their sources, and the HTTP front. Runs until told to stop.

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { keepCertificate } from './certificate.ts';
import { Channel } from './channels/channel.ts';
import { onDemand } from './channels/on-demand.ts';
import { realClock, sleep, type Clock } from './clock.ts';
import type { Config, StreamConfig } from './config.ts';
import { byName } from './containers/index.ts';
import { runHttp, type Front } from './http/server.ts';
import type { Stream } from './http/stream.ts';
import { announce } from './outlets/sap.ts';
import type { Session } from './sdp/session.ts';
import { createSource } from './sources/index.ts';
import { keep } from './sources/keep.ts';
import { Inbox } from './sources/push.ts';
import type { Source } from './sources/source.ts';

/** How often it is looked whether the last viewer has gone. */
const LOOK_MS = 100;
/** Where a certificate of our own is kept, beside the configuration. */
const CERTIFICATES = 'certs';

interface Around {
  readonly log: Logger;
  readonly clock: Clock;
  readonly config: Config;
  readonly untilOver: boolean;
  /** this pump among all pumps */
  readonly self: string;
}

export interface PumpOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** told the addresses that can be opened, once they can, and the streams there */
  readonly told?: (addresses: Parameters<NonNullable<Front['told']>>[0], streams: readonly Stream[]) => void;
  /** Ends when all streams are over and their viewers have got all of it, instead of waiting for more; fails where one of
   *  them failed for good. */
  readonly untilOver?: boolean;
}

export async function runPump(config: Config, options: PumpOptions, signal: AbortSignal): Promise<void> {
  const { log, clock = realClock, told, untilOver = false } = options;
  const around = { log, clock, config, untilOver, self: `pump-${randomBytes(8).toString('hex')}` };
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, until); // every stream listens
  const opened = config.streams.map((stream) => open(stream, around));
  // Before the sources hear of it: viewers are to be told that the pump stops, not that their stream has ended.
  until.addEventListener('abort', () => opened.forEach(({ stream }) => stream.channel.close()), { once: true });
  const streams = new Map(opened.map(({ stream }) => [stream.path.toLowerCase(), stream]));
  const front = await frontOf(around, streams, told && ((addresses) => told(addresses, [...streams.values()])));
  const sources = opened.map((stream) => stream.run(until));
  const announcing = config.announce ? [announce(() => announced(opened), config.announce, { log, clock }, until)] : [];
  const running = [
    runHttp(front, until),
    ...announcing,
    ...(untilOver ? [seenOff(opened, sources, clock, until)] : sources),
  ];
  try {
    await (untilOver ? Promise.race(running) : Promise.all(running));
  } finally {
    stop.abort();
    await Promise.allSettled([...running, ...sources]);
  }
}

/** Resolves when all sources have ended and nobody watches any more; one that has failed stops no other. */
async function seenOff(
  opened: readonly Opened[],
  sources: readonly Promise<void>[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const ends = await Promise.allSettled(sources);
  while (!signal.aborted && opened.some(({ stream }) => stream.channel.viewers > 0))
    await sleep(clock, LOOK_MS, signal);
  const failed = ends.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function frontOf(
  { log, clock, config, self }: Omit<Around, 'untilOver'>,
  streams: Front['streams'],
  told: Front['told'],
): Promise<Front> {
  const { http, https, redirect404To, trustProxy } = config;
  const files =
    https && (https.certificate === 'self-signed' ? await keepCertificate(CERTIFICATES) : https.certificate);
  return {
    ...(http && { http }),
    ...(https && files && { https: { host: https.host, port: https.port, ...files } }),
    ...(redirect404To !== undefined && { redirect404To }),
    trustProxy,
    ...(config.offers && { strictOffers: config.offers.strict }),
    streams,
    self,
    log,
    clock,
    ...(told && { told }),
  };
}

interface Opened {
  readonly stream: Stream;
  run(signal: AbortSignal): Promise<void>;
}

/** A configured stream: its channel, its source, and what HTTP has to know of it. */
function open(options: StreamConfig, { clock, config, self, untilOver, ...around }: Around): Opened {
  const { path, title, type, enabled, limits } = options;
  const log = around.log.child({ stream: path });
  const pumps = new Set<readonly string[]>();
  const waiting = () => [...new Set([...pumps].flat())];
  const means = { log, clock, self: `${self}/${path}`, waiting, ...(config.proxy && { proxy: config.proxy }) };
  const source = createSource(options, means);
  const channel = new Channel({ limits, clock, log });
  const container = options.container === undefined ? undefined : byName(options.container);
  const policy = { ...limits, untilOver, ...(container && { container }) };
  const read = (signal: AbortSignal) => keep(source, channel, policy, { clock, log }, signal);
  return {
    stream: {
      path,
      ...(title !== undefined && { title }),
      type,
      enabled,
      url: source.url,
      channel,
      get sessions() {
        return sessionsOf(source, title ?? path);
      },
      ...(source.elsewhere && { elsewhere: true }),
      pumps,
      ...(source instanceof Inbox && { inbox: source }),
      ...(container && { container }),
      watch: options.watch ?? {},
      publish: ('publish' in options && options.publish) || {},
      limits,
    },
    run: async (signal) => {
      if (!enabled || source.elsewhere) return;
      await ('onDemand' in options && options.onDemand ? onDemand(channel, clock, read, signal) : read(signal));
    },
  };
}

/** What not everybody may watch is not told to everybody. */
function announced(opened: readonly Opened[]): readonly Session[] {
  const open = opened.filter(({ stream: { enabled, watch } }) => enabled && !watch.users && !watch.from);
  return open.flatMap(({ stream }) => stream.sessions);
}

/** Where a stream is multicast: what it is received by, or told to be. */
function sessionsOf({ session }: Source, title: string): readonly Session[] {
  return session ? [{ ...session, title }] : [];
}
