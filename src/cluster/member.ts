// One worker process as the primary sees it, from its start to its end.

import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PumpError } from '../errors.ts';
import type { Scheme } from '../http/doors.ts';
import {
  type Answer,
  type Begin,
  MESSAGES,
  type Question,
  type Report,
  type ToPrimary,
  type ToWorker,
} from './messages.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Nobody who looks at a page waits for a worker that is stuck. */
const ANSWER_MS = 2000;

export interface Member {
  readonly number: number;
  readonly pid: number | undefined;
  /** this one among all that ever were */
  readonly name: string;
  /** Resolves when it takes connections; rejects where it cannot. */
  readonly ready: Promise<void>;
  /** Resolves when its process is gone: with what ended it. */
  readonly gone: Promise<string>;
  /** connections that it has, as far as that is known */
  readonly load: number;
  hand(scheme: Scheme, socket: Socket): void;
  tell(message: ToWorker): void;
  /** Resolves with nothing where it does not answer. */
  ask(question: Question): Promise<Answer>;
  kill(): void;
}

/** `hear` hears what it tells once a second. */
export function member(start: Omit<Begin, 'kind' | 'messages'>, hear: (report: Report, from: string) => void): Member {
  const child = fork(WORKER, [], { execArgv: [] });
  const name = `${start.number}.${child.pid}`;
  /** on their way; who dies before he has them leaves them to us */
  const handed = new Set<Socket>();
  let load = 0;
  const asked = new Map<number, (answer: Answer) => void>();
  let questions = 0;
  // One that is just going hears nothing any more: that is told by its end.
  const tell = (message: ToWorker) => void (child.connected && child.send(message, () => {}));
  const gone = end(child);
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: ToPrimary) => {
      if (message.kind === 'here') tell({ kind: 'begin', messages: MESSAGES, ...start });
      else if (message.kind === 'ready') resolve();
      else if (message.kind === 'failed') reject(new PumpError('cannot listen', message.reason));
      else if (message.kind === 'answer') asked.get(message.number)?.(message);
      else {
        load = message.connections;
        hear(message, name);
      }
    });
    void failed(gone, handed, reject);
  });
  ready.catch(() => {}); // told by whoever waits for it
  return {
    number: start.number,
    pid: child.pid,
    name,
    ready,
    gone,
    get load() {
      return load;
    },
    hand(scheme, socket) {
      load += 1;
      handed.add(socket);
      const message: ToWorker = { kind: 'connection', scheme };
      child.send(message, socket, (error) => {
        handed.delete(socket);
        if (error) socket.destroy();
      });
    },
    tell,
    async ask(question) {
      const number = (questions += 1);
      const late = AbortSignal.timeout(ANSWER_MS);
      const answered = new Promise<Answer>((resolve) => {
        asked.set(number, resolve);
        late.addEventListener('abort', () => resolve({}), { once: true });
        tell({ kind: 'ask', number, ...question });
      });
      return answered.finally(() => asked.delete(number));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

async function failed(
  gone: Promise<string>,
  handed: ReadonlySet<Socket>,
  reject: (error: Error) => void,
): Promise<void> {
  const how = await gone;
  for (const socket of handed) socket.destroy();
  reject(new PumpError('cannot listen', `a worker ended as it began: ${how}`));
}

function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
