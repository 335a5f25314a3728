// The contract, for every kind of source in the list, in each of the ways that it can take a stream.

import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createWriteStream, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ffmpeg } from '../../src/sources/ffmpeg.ts';
import { file } from '../../src/sources/file.ts';
import { sourceKinds } from '../../src/sources/index.ts';
import { pull } from '../../src/sources/pull.ts';
import { push } from '../../src/sources/push.ts';
import { fakeFfmpeg } from '../support/fake-ffmpeg.ts';
import { type HandMeans, type Origin, origin, rawOrigin, serving, until } from '../support/origin.ts';
import { multicast } from '../../src/sources/multicast.ts';
import { freeUdpPort, listeners } from '../support/datagrams.ts';
import { PACKET } from '../support/ts-packet.ts';
import { contract, type Rig } from './contract.ts';
import { newFolder } from '../support/folder.ts';
import { freePort } from '../support/stage.ts';

const folder = newFolder(afterAll);
let count = 0;
const fresh = (name: string) => join(folder, `${(count += 1)}-${name}`);

it('is held to the contract, whichever kind it is', () => {
  expect(sourceKinds.map(({ type }) => type).toSorted()).toEqual(['ffmpeg', 'file', 'multicast', 'pull', 'push']);
});

contract('type pull, over HTTP', async (means) => {
  const answers: ServerResponse[] = [];
  const server = await origin((_request, response) => answers.push(response));
  const last = () => answers.at(-1);
  const source = pull.create({ url: `http://${server.host}/x` }, means);
  let seen = 0;
  return {
    source,
    reached: () => until(() => answers.length > 0),
    async come() {
      await until(() => answers.length > seen);
      seen = answers.length;
      last()?.writeHead(200).flushHeaders();
    },
    send: (text) => last()?.write(text),
    end: () => last()?.end(),
    breakOff: () => last()?.destroy(),
    open: () => server.open,
    close: () => server.close(),
  };
});

const DESCRIBE = readFileSync(new URL('../samples/mmsh-answers/vlc3-server-describe.response.bin', import.meta.url));

contract("type pull, from VLC's MMSH server", async (means) => {
  const plays: Socket[] = [];
  const server = await rawOrigin((socket, head) => {
    if (head.includes('xPlayStrm=1')) plays.push(socket);
    else socket.end(DESCRIBE);
  });
  let seen = 0;
  const last = () => plays.at(-1);
  return {
    source: pull.create({ url: `mmsh://${server.host}/` }, means),
    reached: () => until(() => plays.length > 0),
    async come() {
      await until(() => plays.length > seen);
      seen = plays.length;
      last()?.write('HTTP/1.0 200\r\nContent-type: application/octet-stream\r\nServer: Cougar 4.1.0.3921\r\n\r\n');
    },
    send: (text) => last()?.write(text),
    end: () => last()?.end(),
    breakOff: () => last()?.resetAndDestroy(),
    open: () => server.open,
    close: () => server.close(),
  };
});

contract('type push', async (means) => {
  const source = push.create({}, means);
  const bodies: { socket: Socket; client: Socket }[] = [];
  const server: Origin = await serving(
    createServer((socket) => {
      const client = clients.at(-1);
      if (client) bodies.push({ socket, client });
      const settle = () => socket.destroy();
      void source.deliver({ bytes: chunks(socket), from: { address: '127.0.0.1' } }).then(settle, settle);
    }),
  );
  const clients: Socket[] = [];
  const last = () => clients.at(-1);
  return {
    source,
    async come() {
      clients.push(connect(server.port, '127.0.0.1').on('error', () => {}));
      await until(() => bodies.length === clients.length);
    },
    send: (text) => last()?.write(text),
    end: () => last()?.end(),
    breakOff: () => last()?.resetAndDestroy(),
    open: () => server.open,
    close: () => server.close(),
  };
});

async function* chunks(socket: Socket): AsyncGenerator<Buffer> {
  yield* socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

contract('type file, that calls', async (means) => {
  const sockets: Socket[] = [];
  const server = await serving(createServer((socket) => sockets.push(socket)));
  return calling(`tcp://${server.host}`, server, sockets, means);
});

contract('type file, that calls a Unix socket', async (means) => {
  const sockets: Socket[] = [];
  const path = fresh('call.sock');
  const server = await serving(
    createServer((socket) => sockets.push(socket)),
    [],
    path,
  );
  return calling(`unix:${path}`, server, sockets, means);
});

function calling(url: string, server: Origin, sockets: Socket[], means: HandMeans): Rig {
  let seen = 0;
  return {
    source: file.create({ url }, means),
    async come() {
      await until(() => sockets.length > seen);
      seen = sockets.length;
    },
    send: (text) => sockets.at(-1)?.write(text),
    end: () => sockets.at(-1)?.end(),
    // A Unix socket knows no reset: its end is the end.
    ...(url.startsWith('tcp') ? { breakOff: () => sockets.at(-1)?.resetAndDestroy() } : {}),
    open: () => server.open,
    close: () => server.close(),
  };
}

contract('type file, that is called', async (means) => {
  const port = await freePort();
  return listening(`tcp://127.0.0.1:${port}?listen`, () => connect(port, '127.0.0.1'), means);
});

contract('type file, that is called on a Unix socket', async (means) => {
  const path = fresh('listen.sock');
  return listening(`unix:${path}?listen`, () => connect(path), means);
});

function listening(url: string, call: () => Socket, means: HandMeans, remux = false): Rig {
  const callers: Socket[] = [];
  const open = new Set<Socket>();
  return {
    source: file.create({ url, remux }, means),
    async come() {
      for (let there = false; !there; ) {
        const socket = call();
        there = await new Promise<boolean>((resolve) => {
          socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        });
        if (!there) continue;
        open.add(socket.on('error', () => {}).resume());
        socket.on('close', () => open.delete(socket));
        callers.push(socket);
      }
    },
    send: (text) => callers.at(-1)?.write(text),
    end: () => callers.at(-1)?.end(),
    ...(url.startsWith('tcp') ? { breakOff: () => callers.at(-1)?.resetAndDestroy() } : {}),
    open: () => open.size,
    close: () => open.forEach((socket) => socket.destroy()),
  };
}

contract(
  'type ffmpeg',
  async (means) => {
    const sockets: Socket[] = [];
    const server = await serving(createServer((socket) => sockets.push(socket)));
    const restore = fakeFfmpeg(fresh('bin'));
    let seen = 0;
    return {
      source: ffmpeg.create({ input: ['-i', `tcp://${server.host}`] }, means),
      reached: () => until(() => sockets.length > 0),
      async come() {
        await until(() => sockets.length > seen);
        seen = sockets.length;
      },
      send: (text) => sockets.at(-1)?.write(text),
      end: () => sockets.at(-1)?.end(),
      breakOff: () => sockets.at(-1)?.resetAndDestroy(),
      open: () => server.open,
      close: async () => (restore(), server.close()),
    };
  },
  { needsBytes: true },
);

contract(
  'type file, that is called, through FFmpeg',
  async (means) => {
    const restore = fakeFfmpeg(fresh('bin'));
    const port = await freePort();
    const rig = listening(`tcp://127.0.0.1:${port}?listen`, () => connect(port, '127.0.0.1'), means, true);
    return { ...rig, close: () => (restore(), rig.close()) };
  },
  { needsBytes: true },
);

/** Linux tells which files this process has open. */
const open = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

if (process.platform === 'linux') {
  contract(
    'type file, a fifo',
    async (means) => {
      const path = fresh('fifo');
      execFileSync('mkfifo', [path]);
      let writer: ReturnType<typeof createWriteStream> | undefined;
      return {
        source: file.create({ url: path }, means),
        reached: () => until(() => open(path) > 0),
        come() {
          // One that is destroyed while it writes says so.
          writer = createWriteStream(path).on('error', () => {});
        },
        send: (text) => writer?.write(text),
        end: () => writer?.end(),
        // The writer's own handle is not ours.
        open: () => open(path) - (writer && !writer.closed ? 1 : 0),
        close: () => void writer?.destroy(),
      };
    },
    { needsBytes: true },
  );

  contract(
    'type file, a plain one',
    async (means) => {
      const path = fresh('film');
      writeFileSync(path, 'all of it');
      return {
        source: file.create({ url: path, loop: true }, means),
        come: () => {},
        send: () => {},
        end: () => {},
        open: () => open(path),
        close: () => {},
      };
    },
    { whole: true },
  );

  contract(
    'type multicast, that is sent to',
    async (means) => {
      const port = await freeUdpPort();
      const from = createSocket('udp4').unref();
      // A transport stream is nothing but whole packets.
      const packet = (text: string) =>
        Buffer.concat([Buffer.of(0x47), Buffer.alloc(PACKET - 1 - text.length), Buffer.from(text)]);
      return {
        source: multicast.create({ url: `udp://127.0.0.1:${port}` }, means),
        come: () => {},
        send: (text) => from.send(packet(text), port, '127.0.0.1'),
        end: () => {},
        open: () => listeners(port),
        close: () => void from.close(),
      };
    },
    { endless: true },
  );
}
