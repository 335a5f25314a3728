// One worker process as the primary sees it, from its start to its end.

import cluster, { type Worker } from 'node:cluster';
import { PumpError } from '../errors.ts';
import type { Address } from '../http/listen.ts';
import { type Begin, MESSAGES, type Report, type ToPrimary, type ToWorker } from './messages.ts';

export interface Member {
  readonly number: number;
  /** this one among all that ever were */
  readonly name: string;
  /** Where it lets viewers in; rejects where it cannot. */
  readonly ready: Promise<readonly Address[]>;
  /** Resolves when its process is gone: with what ended it. */
  readonly gone: Promise<string>;
  tell(message: ToWorker): void;
  kill(): void;
}

/** `report` hears what it has of each stream. */
/** `hear` hears what it tells once a second. */
export function member(start: Omit<Begin, 'kind' | 'messages'>, hear: (report: Report, from: string) => void): Member {
  const worker = cluster.fork();
  const name = `${start.number}/${worker.process.pid}`;
  const tell = (message: ToWorker) => {
    // One that is just going hears nothing any more: that is told by its end.
    if (worker.isConnected()) worker.send(message, undefined, () => {});
  };
  const gone = end(worker);
  const ready = new Promise<readonly Address[]>((resolve, reject) => {
    void gone.then((how) => reject(new PumpError('cannot listen', `worker ${start.number} ended as it began: ${how}`)));
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'here') tell({ kind: 'begin', messages: MESSAGES, ...start });
      else if (message.kind === 'ready') resolve(message.addresses);
      else if (message.kind === 'failed') reject(new PumpError('cannot listen', message.reason));
      else hear(message, name);
    });
  });
  ready.catch(() => {}); // told by whoever waits for it
  return { number: start.number, name, ready, gone, tell, kill: () => void worker.process.kill('SIGKILL') };
}

function end(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    worker.once('error', (error) => resolve(error.message));
    worker.once('exit', (code: number | null, signal: string | null) => resolve(signal ?? `exit code ${code}`));
  });
}
