// What one group of whole-process specs runs on: a folder of its own, and processes of their own that are all ended with it,
// by their ids, whatever the specs came to.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A program that was asked to end and has not after so long is ended by force. */
const END_MS = 4000;
/** The most that is kept of what a program says; a player that complains about every frame stays below it. */
const MOST_OUTPUT = 16 << 20;
/** Debian's `nobody`: VLC refuses to run as root. */
const NOBODY = 65_534;
const POLL_MS = 100;

export interface Running {
  readonly pid: number;
  /** what it has said so far */
  readonly out: string;
  readonly err: string;
  readonly isOver: boolean;
  /** exit code, or the signal that ended it */
  readonly ended: Promise<number | string>;
  say(line: string): void;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, then makes it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface Stage {
  readonly folder: string;
  /** `asUser`: not as root, for programs that refuse to */
  run(program: string, args: readonly string[], options?: { asUser?: boolean; cwd?: string }): Running;
  /** called at the end, last come first */
  later(end: () => unknown): void;
}

/** For the group of tests in which it is called. */
export function openStage(): Stage {
  let folder = '';
  const running = new Set<Running>();
  const ends: (() => unknown)[] = [];
  const atExit = () => running.forEach((one) => one.signal('SIGKILL'));
  // Neither is called for a group that is skipped as a whole.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stream-pump-'));
    chmodSync(folder, 0o777);
    process.once('exit', atExit);
  });
  afterAll(async () => {
    await Promise.all([...running].map((one) => one.end()));
    for (const end of ends.toReversed()) await end();
    process.removeListener('exit', atExit);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    later: (end) => void ends.push(end),
    run(program, args, { asUser = false, cwd = folder } = {}) {
      const isRoot = process.getuid?.() === 0;
      const child = spawn(program, args, {
        cwd,
        env: { ...process.env, HOME: folder, TMPDIR: cwd, XDG_RUNTIME_DIR: folder },
        ...(asUser && isRoot && { uid: NOBODY, gid: NOBODY }),
      });
      const one = follow(child);
      running.add(one);
      void one.ended.then(() => running.delete(one));
      return one;
    },
  };
}

/** What it says, and how it ends. */
export function follow(child: ChildProcess): Running {
  const said = { out: '', err: '' };
  let isOver = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out = (said.out + text).slice(-MOST_OUTPUT)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err = (said.err + text).slice(-MOST_OUTPUT)));
  // Nobody minds when a program that has ended does not read what it is told.
  child.stdin?.on('error', () => {});
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
  }).finally(() => (isOver = true));
  const signal = (name: NodeJS.Signals) => void (isOver || child.kill(name));
  return {
    pid: child.pid ?? 0,
    get out() {
      return said.out;
    },
    get err() {
      return said.err;
    },
    get isOver() {
      return isOver;
    },
    ended,
    say: (line) => void child.stdin?.write(`${line}\n`),
    signal,
    async end(name = 'SIGTERM') {
      signal(name);
      const force = setTimeout(() => signal('SIGKILL'), END_MS);
      return ended.finally(() => clearTimeout(force));
    },
  };
}

export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits for a state of another process, which sends no events; `what` says what was waited for in vain. */
export async function until<T>(
  what: string,
  state: () => T | Promise<T>,
  withinMs = 15_000,
  everyMs = POLL_MS,
): Promise<NonNullable<T>> {
  const lastMs = Date.now() + withinMs;
  for (;;) {
    const seen = await state();
    if (seen) return seen;
    if (Date.now() > lastMs) throw new Error(`waited ${withinMs / 1000} s in vain for this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Below those that the system gives to whoever asks for any, so that none of these comes in between. */
let nextPort = 10_000 + (process.pid % 200) * 100;

/** A port of the loopback that is free, for a program that cannot choose one itself and tell it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
