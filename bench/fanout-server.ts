// The server that is measured: takes a made-up stream in real time and writes it to every socket in one of three ways.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { Channel } from '../src/channels/channel.ts';
import { realClock } from '../src/clock.ts';
import type { Container, Wire } from '../src/containers/container.ts';
import type { Measured, Setting, Way } from './fanout-setting.ts';

const setting: Setting & { way: Way } = JSON.parse(process.argv[2] ?? '');

/** A source's socket hands over what came about so often. */
const TICK_MS = 5;
/** The time of a run in src/channels/intake.ts. */
const RUN_MS = 40;
/** What was needed for starting is freed by then. */
const SETTLE_MS = 1000;
const SWEEP_MS = 500;
const WARM_UP_MS = 2000;
const KEY_FRAME_MS = 2000;
const BACKLOG_BYTES = 1 << 20;
/** MMSH puts twelve bytes before every packet: so does this wire, and so do the plain ways. */
const HEAD_BYTES = 12;

interface FanOut {
  join(socket: Socket): void;
  take(packet: Buffer, join: boolean): void;
}

const wire: Wire = {
  name: 'bench',
  contentType: 'application/octet-stream',
  dress: (header) => ({ begin: header, unit: framed }),
};

function framed(packet: Buffer, index: number): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + packet.length);
  frame.fill(0, 0, HEAD_BYTES).writeUInt32LE(index);
  packet.copy(frame, HEAD_BYTES);
  return frame;
}

const container: Container = {
  name: 'bench',
  contentTypes: ['application/octet-stream'],
  largestBytes: 1 << 16,
  recognise: () => true,
  *framing() {},
  wires: [wire],
  tracks: () => [],
  splice: () => (part) => part,
};

function channel(): FanOut {
  const limits = { backlogBytes: BACKLOG_BYTES, delayMs: RUN_MS, slow: 'skip', graceMs: 30_000 } as const;
  const one = new Channel({ limits, clock: realClock, log: pino({ level: 'silent' }) });
  one.opened({ container, from: 'bench', over: [] });
  one.take({ kind: 'header', bytes: Buffer.alloc(1000) });
  return {
    join(socket) {
      void one.join(socket, { wire, follows: false, burstMs: 0, address: '127.0.0.1', agent: 'bench' });
    },
    take: (bytes, join) => one.take({ kind: 'unit', bytes, join, atMs: performance.now() }),
  };
}

/** A run begins with its first packet, as in a channel. */
function perRun(): FanOut {
  const sockets: Socket[] = [];
  let packets: Buffer[] = [];
  let index = 0;
  const flush = () => {
    const run = Buffer.concat(packets.map((packet) => framed(packet, index++)));
    packets = [];
    for (const socket of sockets) socket.write(run);
  };
  return {
    join: (socket) => void sockets.push(socket),
    take(packet) {
      if (packets.push(packet) === 1) setTimeout(flush, RUN_MS);
    },
  };
}

function perPacket(): FanOut {
  const sockets: Socket[] = [];
  let index = 0;
  return {
    join: (socket) => void sockets.push(socket),
    take(packet) {
      const frame = framed(packet, index++);
      for (const socket of sockets) socket.write(frame);
    },
  };
}

process.once('disconnect', () => process.exit());
const fanOut = { channel, 'plain per run': perRun, 'plain per packet': perPacket }[setting.way]();
const sockets: Socket[] = [];
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  sockets.push(socket);
  fanOut.join(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: setting.viewers });
await once(server, 'listening');
stream();
await pause(SETTLE_MS);
const before = await memory();
const address = server.address();
process.send?.(typeof address === 'object' ? address?.port : undefined);
while (sockets.length < setting.viewers) await once(server, 'connection');
await pause(WARM_UP_MS);
process.send?.(await measure());

function stream(): void {
  const packet = Buffer.alloc(setting.packetBytes, 7);
  const beganMs = performance.now();
  let sent = 0;
  let keyFrameMs = 0;
  setInterval(() => {
    const nowMs = performance.now() - beganMs;
    for (; sent * setting.packetBytes < (nowMs / 1000) * setting.bytesPerSecond; sent++) {
      const join = nowMs >= keyFrameMs;
      if (join) keyFrameMs += KEY_FRAME_MS;
      fanOut.take(packet, join);
    }
  }, TICK_MS);
}

async function measure(): Promise<Measured> {
  const [cpu, bytes, beganMs] = [process.cpuUsage(), sentBytes(), performance.now()];
  await pause(setting.seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - beganMs) / 1000;
  const sent = sentBytes() - bytes;
  const cpuSeconds = (user + system) / 1e6;
  const after = await memory();
  return {
    cpuPerGB: cpuSeconds / (sent / 1e9),
    load: cpuSeconds / seconds,
    delivered: sent / (seconds * setting.viewers * setting.bytesPerSecond * (1 + HEAD_BYTES / setting.packetBytes)),
    heapPerViewer: (after.heapUsed - before.heapUsed) / setting.viewers,
    bufferBytes: after.arrayBuffers,
    rssBytes: after.rss,
  };
}

/** What the system has taken, not what waits in this process. */
function sentBytes(): number {
  return sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
}

/** Buffers are let go of a while after they were found to be garbage. */
async function memory(): Promise<NodeJS.MemoryUsage> {
  globalThis.gc?.();
  await pause(SWEEP_MS);
  return process.memoryUsage();
}
