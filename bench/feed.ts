// The encoder of the bench: a made-up stream in real time, the same for every server, over HTTP to whoever asks. A key frame
// every two seconds, a mark every ten milliseconds (TS) or in every packet (ASF). To a group it goes in datagrams instead, whose port is
// the one that is printed.

import { createSocket } from 'node:dgram';
import { createServer, type ServerResponse } from 'node:http';
import { asf } from '../spec/support/asf.ts';
import { ts } from '../spec/support/ts.ts';
import { mark } from './mark.ts';
import { portOf } from './processes.ts';

const setting: { container: 'mpegts' | 'asf'; bitrate: number; group?: string } = JSON.parse(process.argv[2] ?? '');
const { container, bitrate, group } = setting;

const TICK_MS = 10;
const FRAME_MS = 40;
const KEY_FRAME_MS = 2000;
const MARK_PID = 0x1abc;
const PACKET_BYTES = 188;
const DATAGRAM_BYTES = 7 * PACKET_BYTES;

const takers = new Set<ServerResponse>();
const { contentType, header, tick } = container === 'asf' ? asfFeed() : tsFeed();
const server = createServer((_, res) => {
  res.writeHead(200, { 'Content-Type': contentType, Connection: 'close' });
  res.socket?.setNoDelay(true);
  res.write(header);
  takers.add(res);
  res.on('close', () => takers.delete(res));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${portOf(server)}\n`));

const socket = group === undefined ? undefined : createSocket('udp4').bind(0, '127.0.0.1');
let unsent = Buffer.alloc(0);

function sendToGroup(bytes: Buffer): void {
  unsent = Buffer.concat([unsent, bytes]);
  for (; unsent.length >= DATAGRAM_BYTES; unsent = unsent.subarray(DATAGRAM_BYTES))
    socket?.send(unsent.subarray(0, DATAGRAM_BYTES), portOf(server), group);
}

const beganMs = performance.now();
let ticks = 0;
setInterval(() => {
  for (const nowMs = performance.now() - beganMs; ticks * TICK_MS <= nowMs; ticks++) {
    const bytes = tick(ticks * TICK_MS);
    if (socket) sendToGroup(bytes);
    else if (bytes.length > 0) for (const taker of takers) taker.write(bytes);
  }
}, TICK_MS / 2);

/** Frames are spread over their time, as an encoder for constant bit rate does it. */
function tsFeed() {
  const film = ts().tables();
  const waiting: Buffer[] = [];
  let marks = 0;
  const tick = (ms: number): Buffer => {
    const isKey = ms % KEY_FRAME_MS === 0;
    if (ms % FRAME_MS === 0) {
      const before = film.packets.length;
      // What a frame leaves for tables and marks.
      const bytes = (bitrate / 8 / 1000) * FRAME_MS * 0.97 - (4 + (isKey ? 2 : 0)) * PACKET_BYTES;
      if (isKey) film.tables().key(ms, { bytes });
      else film.picture(ms, { bytes });
      waiting.push(...film.packets.slice(before));
    }
    const left = (FRAME_MS - (ms % FRAME_MS)) / TICK_MS;
    const now = waiting.splice(0, Math.ceil(waiting.length / left));
    const before = film.packets.length;
    film.packet({ pid: MARK_PID, payload: mark(isKey, marks++) });
    return Buffer.concat([...now, ...film.packets.slice(before)]);
  };
  return { contentType: 'video/mp2t', header: Buffer.alloc(0), tick };
}

function asfFeed() {
  const packetBytes = (bitrate / 8 / 1000) * FRAME_MS;
  const film = asf({ packetSize: packetBytes }).video(1);
  let number = 0;
  const tick = (ms: number): Buffer => {
    if (ms % FRAME_MS !== 0) return Buffer.alloc(0);
    const isKey = ms % KEY_FRAME_MS === 0;
    const bytes = Buffer.concat([mark(isKey, number), Buffer.alloc(packetBytes - 120, 0x55)]);
    const payload = { stream: 1, key: isKey, object: number++ & 0xff, shownMs: 3000 + ms, bytes };
    return film.packet({ sendMs: ms, payloads: [payload] });
  };
  return { contentType: 'video/x-ms-asf', header: film.header(), tick };
}
