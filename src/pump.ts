// Puts one process together: configuration -> streams with their sources, and the HTTP front. Runs until told to stop.

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { Tempo } from './channels/tempo.ts';
import { realClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Certificates } from './http/certificate.ts';
import type { Rules } from './http/means.ts';
import { runHttp, type Front } from './http/server.ts';
import { type Access, type Admin, isConfigured, type Stream } from './http/stream.ts';
import { linked } from './linked.ts';
import { announce } from './outlets/sap.ts';
import { certificatesOf, listenersOf, otherOf, warnOfKey } from './pump/front.ts';
import { planOf } from './pump/plan.ts';
import { relayOf } from './pump/relay.ts';
import { Streams } from './pump/streams.ts';
import { openVisits, type Visits } from './pump/visits.ts';
import { range } from './range.ts';
import type { Session } from './sdp/session.ts';
import type { Sockets } from './systemd.ts';

export interface PumpOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** is told the addresses once they can be opened, and how to ask which streams there are at the moment */
  readonly told?: (addresses: Parameters<NonNullable<Front['told']>>[0], streams: () => readonly Stream[]) => void;
  /** Ends when all streams are over and their viewers have got all of it, instead of waiting for more; fails where one of
   *  them failed for good. */
  readonly untilOver?: boolean;
  /** handed over by who started the pump: taken instead of listening anew */
  readonly sockets?: Sockets;
  /** Is given, once the pump runs, the function that makes it go by another configuration, and resolves when it does. */
  readonly renewed?: (renew: (config: Config) => Promise<void>) => void;
  /** Is given the function to call when the files that the pump writes have been moved away. */
  readonly onReopen?: (reopen: () => void) => void;
  /** one process of several that are a pump together */
  readonly part?: Part;
}

type PartOfFront = Pick<Front, 'primary' | 'worker' | 'joined' | 'elsewhere' | 'digestKey'>;

export interface Part {
  /** as HTTP hears of it */
  readonly front: PartOfFront;
  /** the name that all of them have among pumps; `name`: this one's own, where it has its streams from another of them */
  readonly self: string;
  readonly name?: string;
  readonly tempo?: Tempo;
  /** read once for all of them, by the one that may have been root */
  readonly certificates?: Certificates;
  /** what it has made as root, and others are to reach */
  readonly files?: readonly string[];
  /** is given the streams before they are opened */
  readonly streams: (streams: Streams) => void;
}

export async function runPump(config: Config, options: PumpOptions, signal: AbortSignal): Promise<void> {
  const { log, clock = realClock, told, untilOver = false, sockets = {}, renewed, onReopen, part } = options;
  const other = otherOf(config);
  const self = part?.self ?? nameOfPump();
  const visits = await openVisits(config.accessLog, { log, clock });
  const [tempo, isPart] = [part?.tempo ?? new Tempo(), part?.name !== undefined];
  const proxy = () => present().proxy;
  const around = { log, clock, proxy, untilOver, tempo, self: part?.name ?? self, isPart };
  const streams = new Streams(plansOf(config), around);
  const { present, rules, renew } = renewable(config, streams, visits, log);
  part?.streams(streams);
  onReopen?.(visits.reopen);
  if (config.accessLog) other?.give(config.accessLog.file);
  const stop = linked(signal);
  const until = stop.signal;
  setMaxListeners(0, until); // as many as there are viewers who wait for a stream
  until.addEventListener('abort', () => void streams.end(), { once: true });
  const running: Promise<void>[] = [];
  try {
    const certificates = part ? part.certificates : await certificatesOf(config, { log, clock }, until);
    let listens = () => {};
    const listening = new Promise<void>((resolve) => (listens = resolve));
    const now = () => [...streams.all.values()];
    const front: Front = {
      ...listenersOf(config, sockets, certificates),
      rules,
      visited: visits.write,
      streams: streams.all,
      self,
      log,
      clock,
      told(addresses) {
        for (const path of part?.files ?? []) other?.give(path);
        other?.become();
        warnOfKey(config, log);
        listens();
        told?.(addresses, now);
      },
      ...part?.front,
    };
    running.push(runHttp(front, until));
    // Not before root is given up: what sources start is started as the other user.
    await Promise.race([listening, ...running]);
    if (!until.aborted) streams.run();
    if (config.announce) running.push(announce(() => announced(now()), config.announce, { log, clock }, until));
    if (untilOver && !until.aborted) running.push(streams.seenOff());
    renewed?.(renew);
    await Promise.race(running);
  } finally {
    stop.abort();
    await Promise.allSettled([...running, streams.end()]);
    await visits.close();
  }
}

/** One that no other pump has. */
export function nameOfPump(): string {
  return `pump-${randomBytes(8).toString('hex')}`;
}

function plansOf({ streams, proxy }: Config) {
  return streams.map((stream) => planOf(stream, proxy));
}

/** What goes by the configuration that is in force, which may become another: one renewal after the other. */
function renewable(first: Config, streams: Streams, visits: Visits, log: Logger) {
  let present = first;
  let rules = rulesOf(first, streams);
  let last = Promise.resolve();
  const go = async (next: Config) => {
    present = next;
    rules = rulesOf(next, streams);
    await visits.renew(next.accessLog);
    log.info(await streams.renew(plansOf(next)), 'configuration renewed');
    const wantsRestart = others(first, next);
    if (wantsRestart.length > 0) log.warn({ changed: wantsRestart }, 'this part of the configuration needs a restart');
  };
  return {
    present: () => present,
    rules: () => rules,
    renew: (config: Config): Promise<void> => (last = last.then(() => go(config))),
  };
}

/** What a pump is started with and stays with; all else goes by the new configuration at once. */
const FOR_GOOD = ['http', 'https', 'user', 'group', 'workers', 'announce'] as const;

function others(before: Config, now: Config): string[] {
  return FOR_GOOD.filter((key) => !isDeepStrictEqual(before[key], now[key]));
}

/** What not everybody may watch is not told to everybody. */
function announced(streams: readonly Stream[]): readonly Session[] {
  const open = streams.filter((one) => one.enabled && isConfigured(one) && !one.watch.users && !one.watch.from);
  return open.flatMap(({ sessions }) => sessions);
}

function rulesOf({ redirect404To, trustProxy, admin, relay, metrics, offers }: Config, streams: Streams): Rules {
  return {
    ...(redirect404To !== undefined && { redirect404To }),
    ...(admin && { admin: adminOf(admin, streams) }),
    ...(relay && { relay: relayOf(relay, streams) }),
    isTrusted: range(trustProxy),
    ...(metrics && { metrics }),
    ...(offers && { strictOffers: offers.strict }),
  };
}

function adminOf(access: Access, streams: Streams): Admin {
  return {
    access,
    restart: (path, why) => streams.restart(path, why),
    enable: (path, enabled) => streams.enable(path, enabled),
  };
}
