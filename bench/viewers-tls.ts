// What viewers.c does, over TLS, where somebody has to decrypt: few viewers only. Same arguments, same lines.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect, type TLSSocket } from 'node:tls';
import { MAGIC, MARK_BYTES } from './mark.ts';

const [port = 0, count = 0, , sampleEvery = 1] = process.argv.slice(2).map(Number);
const request = readFileSync(process.argv[4] ?? '');
const viewers: { bytes: number; begunBytes: number }[] = [];
const delays: number[] = [];
const keys: number[] = [];
let [started, gone, lostMarks, begunMs] = [0, 0, 0, 0];
let isMeasuring = false;

for (let n = 0; n < count; n++) view(n % sampleEvery === 0);

function view(isSampled: boolean): void {
  const viewer = { bytes: 0, begunBytes: 0 };
  viewers.push(viewer);
  const marks = { number: -1, hasKey: false, askedNs: 0n };
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    marks.askedNs = process.hrtime.bigint();
    socket.write(request);
  });
  socket.on('error', () => {});
  socket.on('close', () => (gone += 1) + started >= count);
  let carry: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    if (viewer.bytes === 0 && (started += 1) + gone === count) process.stdout.write('ready\n');
    viewer.bytes += chunk.length;
    if (!isSampled) return;
    const bytes = Buffer.concat([carry, chunk]);
    for (let at = bytes.indexOf(MAGIC); at >= 0 && at + MARK_BYTES <= bytes.length; at = bytes.indexOf(MAGIC, at + 1))
      note(marks, bytes.subarray(at + MAGIC.length));
    carry = bytes.subarray(Math.max(0, bytes.length - MARK_BYTES + 1));
  });
}

function note(marks: { number: number; hasKey: boolean; askedNs: bigint }, mark: Buffer): void {
  const nowNs = process.hrtime.bigint();
  const number = mark.readUInt32BE(1);
  if (!marks.hasKey && mark[0] === 'K'.charCodeAt(0)) {
    marks.hasKey = true;
    keys.push(Number(nowNs - marks.askedNs) / 1e6);
  }
  if (isMeasuring) {
    if (marks.number >= 0) lostMarks += number - marks.number - 1;
    delays.push(Number(nowNs - mark.readBigUInt64BE(5)) / 1e6);
  }
  marks.number = number;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'begin') {
    for (const viewer of viewers) viewer.begunBytes = viewer.bytes;
    [isMeasuring, begunMs, lostMarks, delays.length] = [true, performance.now(), 0, 0];
    return;
  }
  const got = viewers.map(({ bytes, begunBytes }) => bytes - begunBytes).toSorted((a, b) => a - b);
  const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? -1;
  const [sortedDelays, sortedKeys] = [delays, keys].map((all) => all.toSorted((a, b) => a - b));
  const told = {
    viewers: count,
    gone,
    seconds: (performance.now() - begunMs) / 1000,
    bytes: got.reduce((sum, one) => sum + one, 0),
    leastBytes: got[0] ?? 0,
    medianBytes: at(got, 0.5),
    lostMarks,
    delay50: at(sortedDelays ?? [], 0.5),
    delay99: at(sortedDelays ?? [], 0.99),
    key50: at(sortedKeys ?? [], 0.5),
    keyMost: sortedKeys?.at(-1) ?? -1,
  };
  process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit());
});
