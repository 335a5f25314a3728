// What a pump keeps of viewers who have gone: 200,000 of them come, get their first bytes and leave; its resident memory is
// looked at ten times on the way. Flat is well. The backlog is so small that it is full before the first look: one of the usual
// size would go on filling for minutes.

import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { costOf, run } from './processes.ts';
import { servers } from './servers.ts';

const { values } = parseArgs({
  options: {
    joins: { type: 'string', default: '200000' },
    /** how many are there at a time */
    together: { type: 'string', default: '50' },
  },
});

const LOOKS = 10;
/** Buffers are let go of a while after they were found to be garbage. */
const SETTLE_MS = 3000;
const joins = Number(values.joins);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const feed = run(
  process.execPath,
  [
    '--import',
    'jiti/register',
    fileURLToPath(new URL('feed.ts', import.meta.url)),
    JSON.stringify({ container: 'mpegts', bitrate: 300_000 }),
  ],
  '0-1',
);
const around = {
  feedPort: Number(await feed.line()),
  container: 'mpegts',
  runMs: 0,
  backlog: '64 KiB',
  folder,
} as const;
const serving = await servers.pump.serve(around, '0');
try {
  await pause(SETTLE_MS);
  const pids = serving.processes.map(({ child }) => child.pid ?? 0);
  const mebibytes: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    let left = joins / LOOKS;
    const come = async () => {
      while (left-- > 0) await visit();
    };
    await Promise.all(Array.from({ length: Number(values.together) }, come));
    await pause(SETTLE_MS);
    mebibytes.push(costOf(pids).residentBytes / 2 ** 20);
    console.log(`after ${((look + 1) * joins) / LOOKS} joins: ${mebibytes.at(-1)?.toFixed(1)} MiB`);
  }
  // The first tenth warms up: code is compiled, the heap takes its size. A single look says little: what of the garbage is
  // still there differs by some ten MiB from one to the next.
  const [early, late] = [mean(mebibytes.slice(1, 5)), mean(mebibytes.slice(-4))];
  console.log(`the last four looks beside the second to fifth: ${((100 * (late - early)) / early).toFixed(1)} %`);
} finally {
  for (const one of [...serving.processes, feed]) await one.end();
  rmSync(folder, { recursive: true, force: true });
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

function visit(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(serving.port, '127.0.0.1', () => socket.write(serving.request));
    let isServed = false;
    socket.once('data', (chunk) => {
      isServed = chunk.toString('latin1', 9, 12) === '200';
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => (isServed ? resolve() : reject(new Error('a viewer was not served'))));
  });
}
