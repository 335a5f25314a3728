// What a service and systemd tell each other: sockets that it hands over (sd_listen_fds(3)), and how the service is (sd_notify(3)).
// Node has no datagrams over Unix sockets, so the latter are sent by systemd's own `systemd-notify`, which is there wherever systemd is;
// a unit has to allow that by NotifyAccess=all. Where nobody supervises, nothing is sent and nothing is run.

import { execFile } from 'node:child_process';
import type { Logger } from 'pino';
import { every } from './clock.ts';
import { PumpError, explain } from './errors.ts';
import type { Around } from './log.ts';

/** SD_LISTEN_FDS_START */
const FIRST_SOCKET = 3;
/** More than one for each scheme is a mistake, and is told. */
const MOST_SOCKETS = 16;
/** How old the line of `systemctl status` may be. */
const STATUS_MS = 15_000;
/** It takes milliseconds; systemd itself waits five seconds for what it is told. */
const SENDING_MS = 10_000;

/** Sockets that listen already, as file descriptors. */
export interface Sockets {
  readonly http?: number;
  readonly https?: number;
}

export interface Supervisor {
  readonly sockets: Sockets;
  /** From now on it is told that the pump works and, every now and then, how it does. */
  ready(status: () => string): void;
  /** While the configuration is read again: whoever asked for that is told when it is done, and waits as long. */
  readonly reloading: (work: () => Promise<void>) => Promise<void>;
}

type Environment = Record<string, string | undefined>;

/** Takes what systemd says out of the environment: it is for this process, not for those that it starts. That the pump stops is told
 *  as soon as the signal is aborted. */
export function supervise(env: Environment, { log, clock }: Around, signal: AbortSignal): Supervisor {
  const told = take(env);
  const say = sender(told, env, log);
  signal.addEventListener('abort', () => void say('STOPPING=1', 'STATUS=Stopping'), { once: true });
  return {
    sockets: handedOver(told),
    ready(status) {
      let last = status();
      void say('READY=1', `STATUS=${last}`);
      const watchdogMs = watchdog(told);
      // By half of the time that systemd waits, as sd_watchdog_enabled(3) advises; a loop that is stuck does not get here.
      const stop = every(clock, Math.min(STATUS_MS, watchdogMs / 2), () => {
        const now = status();
        const lines = [
          ...(Number.isFinite(watchdogMs) ? ['WATCHDOG=1'] : []),
          ...(now === last ? [] : [`STATUS=${now}`]),
        ];
        last = now;
        if (lines.length > 0) void say(...lines);
      });
      if (signal.aborted || told['NOTIFY_SOCKET'] === undefined) stop();
      signal.addEventListener('abort', stop, { once: true });
    },
    reloading: async (work) => {
      // The manager pairs it with its own request by this clock, which is the one that Node's high-resolution time is read from.
      await say('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
      try {
        await work();
      } finally {
        await say('READY=1');
      }
    },
  };
}

function take(env: Environment): Environment {
  const names = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC'];
  const told = Object.fromEntries(names.map((name) => [name, env[name]]));
  for (const name of names) delete env[name];
  return told;
}

const isMine = (pid: string | undefined) => pid === undefined || Number(pid) === process.pid;

/** Those named `http` and `https` (FileDescriptorName=) are these; of those without such a name the first is for `http`, the second for
 *  `https`. */
function handedOver(told: Environment): Sockets {
  const count = Number(told['LISTEN_FDS'] ?? 0);
  if (told['LISTEN_PID'] === undefined || !isMine(told['LISTEN_PID']) || !(count > 0)) return {};
  const names = (told['LISTEN_FDNAMES'] ?? '').split(':');
  const given: { http?: number; https?: number } = {};
  const nameless: number[] = [];
  for (let n = 0; n < Math.min(count, MOST_SOCKETS); n += 1) {
    const name = names[n];
    if (name !== 'http' && name !== 'https') nameless.push(FIRST_SOCKET + n);
    else if (given[name] === undefined) given[name] = FIRST_SOCKET + n;
    else throw tooMany();
  }
  for (const fd of nameless) {
    if (given.http === undefined) given.http = fd;
    else if (given.https === undefined) given.https = fd;
    else throw tooMany();
  }
  return given;
}

function tooMany(): PumpError {
  const message =
    'systemd hands over more sockets than one for http and one for https: ListenStream=80 takes IPv6 and IPv4';
  return new PumpError('usage', message);
}

function watchdog(told: Environment): number {
  const us = Number(told['WATCHDOG_USEC'] ?? 0);
  return us > 0 && isMine(told['WATCHDOG_PID']) ? us / 1000 : Infinity;
}

/** One after the other, so that nothing overtakes; what cannot be sent is told once. */
function sender(told: Environment, env: Environment, log: Logger): (...lines: string[]) => Promise<void> {
  const socket = told['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return () => Promise.resolve();
  const options = { env: { PATH: env['PATH'], NOTIFY_SOCKET: socket }, timeout: SENDING_MS };
  let isTold = false;
  const send = (lines: readonly string[]) =>
    new Promise<void>((resolve) => {
      execFile('systemd-notify', lines, options, (error) => {
        if (error && !isTold) log.warn({ reason: explain(error) }, 'systemd cannot be told how the pump is');
        isTold ||= error !== null;
        resolve();
      });
    });
  let last = Promise.resolve();
  return (...lines) => (last = last.then(() => send(lines)));
}
