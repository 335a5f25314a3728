// One worker process as the primary sees it, from its start to its end.

import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { realClock } from '../clock.ts';
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
  readonly isReady: boolean;
  /** connections that it has, as far as that is known */
  readonly load: number;
  /** how often it was looked for since anything was heard of it; Infinity: it can hear nothing any more */
  readonly silence: number;
  look(): void;
  hand(scheme: Scheme, socket: Socket): void;
  /** Connections that were handed to it and are not yet on their way. */
  takeBack(): [Scheme, Socket][];
  tell(message: ToWorker): void;
  /** Resolves with nothing where it does not answer. */
  ask(question: Question): Promise<Answer>;
  kill(): void;
}

export interface Heard {
  /** once a second */
  readonly report: (report: Report, from: string) => void;
  /** Somebody has told it to end. */
  readonly goes: () => void;
}

export function member(start: Omit<Begin, 'kind' | 'messages'>, { report, goes }: Heard): Member {
  const child = fork(WORKER, [], { execArgv: [] });
  const name = `${start.number}.${child.pid}`;
  /** Node sends a connection when the one before has arrived: those that wait for that, and are still ours. */
  const handed = new Map<Socket, Scheme>();
  let isReady = false;
  let load = 0;
  let looks = 0;
  const asked = new Map<number, (answer: Answer) => void>();
  let questions = 0;
  /** what happens while it begins is told when it can hear it */
  const early: ToWorker[] = [];
  // One that is just going hears nothing any more: that is told by its end.
  const send = (message: ToWorker) => void (child.connected && child.send(message, () => {}));
  const tell = (message: ToWorker) => void (isReady || message.kind === 'stop' ? send(message) : early.push(message));
  const gone = end(child);
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: ToPrimary) => {
      looks = 0;
      if (message.kind === 'here') send({ kind: 'begin', messages: MESSAGES, ...start });
      else if (message.kind === 'ready') {
        isReady = true;
        early.splice(0).forEach(send);
        resolve();
      } else if (message.kind === 'goes') goes();
      else if (message.kind === 'failed') reject(new PumpError('cannot listen', message.reason));
      else if (message.kind === 'answer') asked.get(message.number)?.(message);
      else {
        load = message.connections;
        report(message, name);
      }
    });
    void failed(gone, reject);
  });
  ready.catch(() => {}); // told by whoever waits for it
  return {
    number: start.number,
    pid: child.pid,
    name,
    ready,
    gone,
    get isReady() {
      return isReady;
    },
    get load() {
      return load;
    },
    get silence() {
      return child.connected ? looks : Infinity;
    },
    look: () => void (looks += 1),
    hand(scheme, socket) {
      load += 1;
      handed.set(socket, scheme);
      const message: ToWorker = { kind: 'connection', scheme };
      // It is ours until it is surely sent. What was taken back and given to another is none any more, and is not sent twice.
      child.send(message, socket, { keepOpen: true }, (error) => {
        if (error) return;
        handed.delete(socket);
        socket.destroy();
      });
    },
    takeBack() {
      const back = [...handed].map(([socket, scheme]): [Scheme, Socket] => [scheme, socket]);
      handed.clear();
      return back;
    },
    tell,
    async ask(question) {
      const number = (questions += 1);
      const answered = new Promise<Answer>((resolve) => asked.set(number, resolve));
      const cancel = realClock.after(ANSWER_MS, () => asked.get(number)?.({}));
      tell({ kind: 'ask', number, ...question });
      return answered.finally(() => {
        cancel();
        asked.delete(number);
      });
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

async function failed(gone: Promise<string>, reject: (error: Error) => void): Promise<void> {
  const how = await gone;
  reject(new PumpError('cannot listen', `a worker ended as it began: ${how}`));
}

function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    // More than once, where it cannot even be ended: unheard, the second would end us.
    child.on('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
