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

/** What there is once the pump is. */
interface There {
  streams: Streams['all'];
  connections: () => number;
  take: Hand;
  renew: (config: Config) => Promise<void>;
  reopen: () => void;
}

async function work(start: Begin): Promise<void> {
  const { number, config, looks, self, digestKey, originMs, inside } = start;
  const log = (await openLog(looks)).child({ worker: number });
  const { runPump } = await import('../pump.ts');
  const tempo = new Tempo();
  const kept = start.certificate && certificates(bytesOf(start.certificate));
  const there: There = {
    streams: new Map(),
    connections: () => 0,
    take: (_, socket) => void socket.destroy(),
    renew: async () => {},
    reopen() {},
  };
  const report = reports(() => there.streams, tempo);
  hear = (message, socket) => {
    if (message.kind === 'certificate') kept?.take(bytesOf(message.certificate));
    else if (message.kind === 'elsewhere') report.hear(message.viewers);
    else pass(message, socket, there);
  };
  const options: PumpOptions = {
    log,
    clock: likeThePrimarys(originMs),
    told: () => tell({ kind: 'ready' }),
    renewed: (renew) => (there.renew = renew),
    onReopen: (reopen) => (there.reopen = reopen),
    part: {
      self,
      name: `${self}-${number}`,
      tempo,
      ...(kept && { certificates: kept }),
      streams: ({ all }) => (there.streams = all),
      front: {
        digestKey: Buffer.from(digestKey, 'base64'),
        joined: report.joined,
        worker: {
          to: inside,
          leaving: leaving.signal,
          opened(take, connections) {
            there.take = take;
            there.connections = connections;
          },
        },
      },
    },
  };
  const stopTelling = every(realClock, TELLING_MS, () => tell({ kind: 'report', ...report.next(there.connections()) }));
  try {
    await runPump(config, options, stop.signal);
  } finally {
    stopTelling();
  }
}

function pass(message: ToWorker, socket: Socket | undefined, { streams, take, renew, reopen }: There): void {
  // It may have hung up meanwhile.
  if (message.kind === 'connection' && socket) take(message.scheme, socket.setNoDelay(true));
  if (message.kind === 'renew') void renew(message.config);
  if (message.kind === 'reopen') reopen();
  if (message.kind === 'ask') tell({ kind: 'answer', number: message.number, ...answerTo(message, streams) });
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
