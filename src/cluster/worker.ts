// A worker process: a pump whose every stream has the primary as its source. It is started by the primary alone, goes by what that
// tells it, and leaves at once when that is gone.

import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { Tempo } from '../channels/tempo.ts';
import { type Clock, every, realClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { explain } from '../errors.ts';
import { type Certificate, certificates } from '../http/certificate.ts';
import type { Hand } from '../http/doors.ts';
import { openLog } from '../log.ts';
import type { Streams } from '../pump/streams.ts';
import type { PumpOptions } from '../pump.ts';
import { version } from '../version.ts';
import {
  type Answer,
  type Begin,
  MESSAGES,
  type Pem,
  type Question,
  type ToPrimary,
  type ToWorker,
} from './messages.ts';
import { reports } from './tally.ts';

const TELLING_MS = 1000;
const FAILED = 1;
/** What still holds the process when its work has ended may do so for this long. */
const LINGER_MS = 1000;

const stop = new AbortController();
const leaving = new AbortController();
let isDone = false;
/** what is done with messages, as soon as there is a pump that they can be for */
let hear: (message: ToWorker, socket?: Socket) => void = () => {};

function tell(message: ToPrimary): void {
  // Unheard, the failure to tell it to a primary that is just gone would end us here: before we have seen that, and cleaned up.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function work(start: Begin): Promise<void> {
  const { number, config, looks, self, digestKey, originMs, inside } = start;
  const log = (await openLog(looks)).child({ worker: number });
  const { runPump } = await import('../pump.ts');
  /** what is there once the pump is */
  let streams: Streams['all'] = new Map();
  let connections = () => 0;
  const tempo = new Tempo();
  let take: Hand = (_, socket) => void socket.destroy();
  let renew: (config: Config) => Promise<void> = async () => {};
  let reopen = () => {};
  const kept = start.certificate && certificates(bytesOf(start.certificate));
  const report = reports(() => streams, tempo);
  hear = (message, socket) => {
    // It may have hung up meanwhile.
    if (message.kind === 'connection' && socket) take(message.scheme, socket.setNoDelay(true));
    if (message.kind === 'renew') void renew(message.config);
    if (message.kind === 'reopen') reopen();
    if (message.kind === 'certificate') kept?.take(bytesOf(message.certificate));
    if (message.kind === 'ask') tell({ kind: 'answer', number: message.number, ...answerTo(message, streams) });
    if (message.kind === 'elsewhere') report.hear(message.viewers);
  };
  const options: PumpOptions = {
    log,
    clock: likeThePrimarys(originMs),
    told: () => tell({ kind: 'ready' }),
    renewed: (taken) => (renew = taken),
    onReopen: (taken) => (reopen = taken),
    part: {
      self,
      name: `${self}-${number}`,
      tempo,
      ...(kept && { certificates: kept }),
      streams: ({ all }) => (streams = all),
      front: {
        digestKey: Buffer.from(digestKey, 'base64'),
        joined: report.joined,
        worker: {
          to: inside,
          leaving: leaving.signal,
          opened(taking, counting) {
            take = taking;
            connections = counting;
          },
        },
      },
    },
  };
  const stopTelling = every(realClock, TELLING_MS, () => tell({ kind: 'report', ...report.next(connections()) }));
  try {
    await runPump(config, options, stop.signal);
  } finally {
    stopTelling();
  }
}

function answerTo({ path, drop }: Question, streams: Streams['all']): Answer {
  const audience = streams.get(path.toLowerCase())?.channel.audience;
  if (drop !== undefined) return { isDropped: audience?.drop(drop) ?? false };
  return audience ? { list: audience.list() } : {};
}

function bytesOf({ cert, key }: Pem): Certificate {
  return { cert: Buffer.from(cert, 'latin1'), key: Buffer.from(key, 'latin1') };
}

/** What one process has signed with the time, the next must understand. */
function likeThePrimarys(originMs: number): Clock {
  const offsetMs = performance.timeOrigin - originMs;
  return { ...realClock, now: () => realClock.now() + offsetMs };
}

async function begin(message: Begin): Promise<void> {
  // A primary that was killed leaves its folder to whoever is left.
  process.once('disconnect', () => {
    if (!isDone) rmSync(message.folder, { recursive: true, force: true });
    process.exit();
  });
  try {
    if (message.messages !== MESSAGES)
      throw new Error(
        `the pump was started from a build that this one (${version()}) does not understand: start the pump anew`,
      );
    await work(message);
  } catch (error) {
    tell({ kind: 'failed', reason: explain(error) });
    process.exitCode = FAILED;
  }
  isDone = true;
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

// A terminal and a service manager tell all processes; the primary tells its workers what it comes to. It knows too whether it was
// told itself: a worker that was told alone is to leave alone, and one that is told again lets its viewers go.
for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => (leaving.signal.aborted ? stop.abort() : tell({ kind: 'goes' })));
process.on('message', (message: ToWorker, handle: unknown) => {
  if (message.kind === 'begin') void begin(message);
  else if (message.kind === 'stop') stop.abort();
  else if (message.kind === 'leave') leaving.abort();
  else hear(message, handle instanceof Socket ? handle : undefined);
});
tell({ kind: 'here' });
