// Viewers who throw away what they get as cheaply as Node can: one buffer for all of them, no stream, no copy.

import { connect } from 'node:net';

const { port, viewers }: { port: number; viewers: number } = JSON.parse(process.argv[2] ?? '');

process.once('disconnect', () => process.exit());
const buffer = Buffer.alloc(64 * 1024);
let left = viewers;
for (let n = 0; n < viewers; n++) {
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback: () => true } });
  socket.on('error', () => {});
  socket.on('close', () => {
    left -= 1;
    if (left === 0) process.exit();
  });
}
