// What fan-out costs: CPU seconds per GB sent, and memory per viewer, of a Channel beside the same stream written to the
// same number of sockets by hand. Every measurement has a fresh server process and a fresh process of viewers that throw
// away what they get; the ways take turns, round after round. How to read it: README.md.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Measured, type Setting, type Way, ways } from './fanout-setting.ts';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '500' },
    /** bits a second of the stream */
    rate: { type: 'string', default: '2000000' },
    /** bytes of a packet */
    packet: { type: 'string', default: '3200' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
  },
});

const setting: Setting = {
  viewers: Number(values.viewers),
  bytesPerSecond: Number(values.rate) / 8,
  packetBytes: Number(values.packet),
  seconds: Number(values.seconds),
};

const MIB = 1 << 20;
const results = new Map<Way, Measured[]>(ways.map((way) => [way, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  // Another one goes first in every round.
  for (const n of ways.keys()) {
    const way = ways[(n + round) % ways.length] ?? 'channel';
    const measured = await measure(way);
    results.get(way)?.push(measured);
    console.error(`round ${round + 1}, ${way}: ${measured.cpuPerGB.toFixed(2)} CPU s/GB`);
  }
}
print();

async function measure(way: Way): Promise<Measured> {
  const server = start('./fanout-server.ts', ['--expose-gc'], { ...setting, way });
  const port = await told<number>(server);
  const viewers = start('./fanout-viewers.ts', [], { port, viewers: setting.viewers });
  const measured = await told<Measured>(server);
  const gone = once(viewers, 'exit');
  // Not by force: a profile is written when a process ends by itself.
  server.disconnect();
  await gone;
  return measured;
}

function start(file: string, flags: string[], options: object): ChildProcess {
  return fork(new URL(file, import.meta.url), [JSON.stringify(options)], { execArgv: [...process.execArgv, ...flags] });
}

async function told<Message>(child: ChildProcess): Promise<Message> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended early, with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  return message;
}

function print(): void {
  const { viewers, packetBytes, seconds } = setting;
  const stream = `${viewers} viewers of ${Number(values.rate) / 1e6} Mbit/s in packets of ${packetBytes} bytes`;
  console.log(`\n${stream}, ${values.rounds} rounds of ${seconds} s, medians`);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${today()}\n`);
  const base = median('plain per run', ({ cpuPerGB }) => cpuPerGB);
  console.log(row(['', 'CPU s/GB', 'least–most', 'ratio', 'CPU', 'sent', 'heap/viewer', 'buffers', 'RSS']));
  for (const way of ways) {
    const costs = (results.get(way) ?? []).map(({ cpuPerGB }) => cpuPerGB);
    const cost = median(way, ({ cpuPerGB }) => cpuPerGB);
    console.log(
      row([
        way,
        cost.toFixed(2),
        `${Math.min(...costs).toFixed(2)}–${Math.max(...costs).toFixed(2)}`,
        (cost / base).toFixed(2),
        `${Math.round(100 * median(way, ({ load }) => load))} %`,
        `${Math.round(100 * median(way, ({ delivered }) => delivered))} %`,
        `${(median(way, ({ heapPerViewer }) => heapPerViewer) / 1024).toFixed(1)} KiB`,
        `${(median(way, ({ bufferBytes }) => bufferBytes) / MIB).toFixed(1)} MiB`,
        `${Math.round(median(way, ({ rssBytes }) => rssBytes) / MIB)} MiB`,
      ]),
    );
  }
}

function median(way: Way, of: (measured: Measured) => number): number {
  const sorted = (results.get(way) ?? []).map(of).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

function row([name = '', ...cells]: string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(12)).join('');
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
