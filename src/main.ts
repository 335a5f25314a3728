#!/usr/bin/env node
// The command line: which command, its options, signals, exit codes. An error is one line on stderr.
// 0: ended as asked; 1: failed while running; 2: wrong usage or configuration; 130: told twice to stop.

import { isatty } from 'node:tty';
import { check } from './commands/check.ts';
import { cert } from './commands/cert.ts';
import type { Command } from './commands/command.ts';
import { read } from './commands/line.ts';
import { play } from './commands/play.ts';
import { probe } from './commands/probe.ts';
import { push } from './commands/push.ts';
import { receive } from './commands/receive.ts';
import { serve } from './commands/serve.ts';
import { PumpError, explain } from './errors.ts';
import { openLog } from './log.ts';

/** The first is what is meant when no command is named. */
const commands: readonly [Command, ...Command[]] = [serve, check, play, push, probe, receive, cert];

const FAILED = 1;
const WRONG_USAGE = 2;
const TOLD_TWICE = 130;

/** A Ctrl-C under `npm start` comes twice, from the terminal and passed on by npm, a few milliseconds apart. */
const SAME_SIGNAL_MS = 250;
/** What still holds the process when its work has ended (a socket of a library's pool) may do so for this long. */
const LINGER_MS = 2000;
/** Viewers have got the end of their streams long before; what holds on so long (a file system that does not answer) is left behind. */
const MOST_ENDING_MS = 10_000;

/** What SIGHUP calls where the command takes it; it stops other commands. */
let hungUp: (() => void) | undefined;
/** What SIGUSR2 calls; a process that does not hear it would be ended by it. */
let reopen: (() => void) | undefined;
/** Who was started in a terminal ends with it: the same signal tells that it is gone. */
const isInTerminal = isatty(0);

const stop = new AbortController();
// Whoever read our output has seen enough (`| head`): that ends the command, and is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return stop.abort();
  process.stderr.write(`stream-pump: cannot write to stdout: ${explain(error)}\n`);
  process.exit(FAILED);
});
process.stderr.on('error', () => undefined);

function stopSignal(): AbortSignal {
  let toldAtMs: number | undefined;
  const tell = () => {
    const nowMs = performance.now();
    if (toldAtMs === undefined) {
      toldAtMs = nowMs;
      setTimeout(giveUp, MOST_ENDING_MS).unref();
    } else if (nowMs - toldAtMs > SAME_SIGNAL_MS) process.exit(TOLD_TWICE);
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, tell);
  process.on('SIGHUP', () => (hungUp && isatty(0) === isInTerminal ? hungUp() : tell()));
  process.on('SIGUSR2', () => reopen?.());
  return stop.signal;
}

function giveUp(): void {
  process.stderr.write(`stream-pump: not all has ended in ${MOST_ENDING_MS / 1000} s: leaving it behind\n`);
  process.exit(FAILED);
}

async function main(line: readonly string[]): Promise<void> {
  const asked = read(line, commands);
  if ('text' in asked) {
    process.stdout.write(`${asked.text}\n`);
    return;
  }
  const { command, given, looks } = asked;
  const log = await openLog(looks);
  await command.run(
    { ...given, log, looks, onHangUp: (call) => (hungUp = call), onReopen: (call) => (reopen = call) },
    stopSignal(),
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = error instanceof PumpError && error.code === 'usage' ? WRONG_USAGE : FAILED;
  process.stderr.write(`stream-pump: ${explain(error)}\n`);
}
setTimeout(() => process.exit(), LINGER_MS).unref();
