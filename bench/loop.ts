// The least that a server in Node can do: what comes within one run in one Buffer, and one write of it to each viewer.

import { get } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { portOf } from './processes.ts';

const [feedPort, runMs] = process.argv.slice(2).map(Number);
const viewers = new Set<Socket>();
let chunks: Buffer[] = [];

get({ host: '127.0.0.1', port: feedPort }, (res) => res.on('data', (chunk: Buffer) => chunks.push(chunk)));

setInterval(() => {
  if (chunks.length === 0) return;
  const run = Buffer.concat(chunks);
  chunks = [];
  for (const viewer of viewers) viewer.write(run);
}, runMs);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('close', () => viewers.delete(socket));
  socket.once('data', () => {
    socket.write('HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n');
    viewers.add(socket);
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${portOf(server)}\n`);
});
