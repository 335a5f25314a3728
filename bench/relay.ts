// A relay of a group as one writes it in Node in an afternoon: one membership, and a write of every datagram to every viewer.

import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { portOf } from './processes.ts';

const [, , group = '', port = ''] = process.argv;
const viewers = new Set<Socket>();

const from = createSocket({ type: 'udp4', reuseAddr: true });
from.on('message', (datagram) => {
  for (const viewer of viewers) viewer.write(datagram);
});
from.bind(Number(port), group, () => from.addMembership(group, '127.0.0.1'));

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
