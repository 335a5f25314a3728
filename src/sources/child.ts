// A child process as a source of bytes: what it writes to stdout. It is ended with its reader: asked first, made to soon after,
// and never left behind (tether.ts: not even when we are killed ourselves).

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { linesOf } from './lines.ts';
import { tether } from './tether.ts';

/** FFmpeg ends at once, except when it waits for a silent peer: then it does not listen to a first signal. This is shorter
 *  than what is left of our own process when it was told to end. */
const ENDING_MS = 1000;

export interface Order {
  readonly program: string;
  /** never seen by a shell */
  readonly args: readonly string[];
  /** what it reads: nothing, our own stdin, or these bytes */
  readonly stdin: 'ignore' | 'inherit' | AsyncIterable<Buffer>;
  /** a line of its stderr */
  readonly said: (line: string) => void;
  /** a line of what it writes to its file descriptor 3 */
  readonly reported: (line: string) => void;
}

export interface Ended {
  /** the tether did not find the program */
  readonly missing: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  /** what became of the bytes that it was to read, where they broke off */
  readonly starved?: unknown;
}

export interface Child {
  /** its stdout, which ends when the child has ended, however that was */
  readonly bytes: AsyncIterable<Buffer>;
  /** resolves when it is gone and all that it said was heard */
  readonly ended: Promise<Ended>;
  letGo(): void;
}

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Throws what the system says where it cannot be started; what it was to read is let go of then. */
export async function startChild(order: Order, clock: Clock): Promise<Child> {
  const { program, stdin, said, reported } = order;
  const child = await spawned(order);
  running.add(child);
  child.on('error', () => {}); // it cannot be told to end: then it has done so by itself
  const { stdout, stderr } = child;
  assert(stdout && stderr, 'they are pipes');
  let [missing, asked] = [false, false];
  linesOf(stderr, (line) => {
    if (line.startsWith('setpriv: ') && line.includes(program)) missing = true;
    // Asked to end, it complains of that.
    else if (!asked) said(line);
  });
  const [, , , reports] = child.stdio;
  if (reports instanceof Readable) linesOf(reports, reported);
  let starved: unknown;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ missing, code, signal, starved }));
  }).finally(() => running.delete(child));
  const killSoon = () => void ended.then(clock.after(ENDING_MS, () => child.kill('SIGKILL')));
  const letGo = () => {
    if (asked || stdout.destroyed) return;
    asked = true;
    stdout.destroy();
    child.kill('SIGTERM');
    killSoon();
  };
  if (child.stdin && typeof stdin !== 'string') {
    void feed(child.stdin, stdin, ended).catch((error: unknown) => (starved = error));
  }
  return { bytes: output(stdout, killSoon, ended), ended, letGo };
}

async function spawned({ program, args, stdin }: Order): Promise<ChildProcess> {
  const [first = program, ...words] = [...(await tether()), program, ...args];
  const ours = typeof stdin === 'string' ? stdin : 'pipe';
  const child = spawn(first, words, { stdio: [ours, 'pipe', 'pipe', 'pipe'], windowsHide: true });
  try {
    // At once: with too many files open there is not even a pipe to it, and an error that nobody hears ends this process.
    await once(child, 'spawn');
    return child;
  } catch (error) {
    if (typeof stdin !== 'string') await stdin[Symbol.asyncIterator]().return?.();
    throw error;
  }
}

async function* output(stdout: Readable, killSoon: () => void, ended: Promise<Ended>): AsyncGenerator<Buffer> {
  yield* stdout as AsyncIterable<Buffer>;
  // One that has nothing more to say has no business to stay.
  killSoon();
  await ended;
}

/** Hands on bytes as fast as they are taken, and lets go of them when nobody takes them any more. */
async function feed(stdin: Writable, bytes: AsyncIterable<Buffer>, ended: Promise<unknown>): Promise<void> {
  const iterator = bytes[Symbol.asyncIterator]();
  const leave = () => void iterator.return?.().catch(() => {});
  void ended.then(leave);
  stdin.on('error', leave);
  try {
    for (let step = await iterator.next(); !step.done && stdin.writable; step = await iterator.next())
      if (!stdin.write(step.value)) await taken(stdin);
  } finally {
    stdin.end();
  }
}

function taken(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['drain', 'close'] as const) stdin.once(event, resolve);
  });
}
