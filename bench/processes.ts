// Other processes as the bench sees them: started on one processor or on all, told what they say, and what they and all that they
// started have cost so far (/proc, Linux).

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';

export interface Running {
  readonly child: ChildProcess;
  /** the next line that it says on stdout; fails when it ends before */
  line(): Promise<string>;
  say(text: string): void;
  end(): Promise<void>;
}

const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK) on Linux
const PAGE_BYTES = 4096;
/** What a server may take to leave when it is asked to. */
const LEAVING_MS = 7000;

/** `cpus`: as taskset has them, `0` or `0,1`. Its stderr comes only when it fails. */
export function run(command: string, args: readonly string[], cpus: string, cwd?: string): Running {
  const options = { stdio: ['pipe', 'pipe', 'pipe'] as const, ...(cwd !== undefined && { cwd }), detached: true };
  const child = spawn('taskset', ['-c', cpus, command, ...args], { ...options, stdio: [...options.stdio] });
  let complaints = '';
  child.stderr?.on('data', (text) => (complaints = (complaints + text).slice(-4000)));
  child.stdin?.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const over = once(child, 'exit');
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ended early\n${complaints}`);
      return value;
    },
    say: (text) => void child.stdin?.write(`${text}\n`),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), LEAVING_MS);
      await over;
      clearTimeout(force);
    },
  };
}

export interface Cost {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Of these processes and all below them that are alive. */
export function costOf(pids: readonly number[]): Cost {
  let [cpuSeconds, residentBytes] = [0, 0];
  for (const pid of tree(pids)) {
    const [, rest = ''] = /\) (.*)$/.exec(read(`/proc/${pid}/stat`)) ?? [];
    const fields = rest.split(' ');
    cpuSeconds += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
    residentBytes += Number(fields[21] ?? 0) * PAGE_BYTES;
  }
  return { cpuSeconds, residentBytes };
}

function tree(pids: readonly number[]): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1])] as const);
  const all = new Set(pids);
  for (let before = 0; before < all.size; ) {
    before = all.size;
    for (const [pid, parent] of parents) if (all.has(parent)) all.add(pid);
  }
  return [...all];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch {
    return ''; // it has just gone
  }
}

/** Of one that listens on TCP. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
