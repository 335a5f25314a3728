// Upstream servers of any kind for specs of pulling: they say whatever bytes they like, and remember what they were asked.

import { request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Headers, Reply } from '../../../src/containers/manners.ts';

type Answers = (request: string, socket: Socket) => void;

const servers: (() => void)[] = [];

/** to be called after each spec */
export function closeUpstreams(): void {
  for (const close of servers.splice(0)) close();
}

/** An upstream server that says whatever bytes it likes; every request is on a connection of its own. */
export async function upstream(answer: Answers) {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    let text = '';
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      requests.push(text);
      answer(text, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const get = (headers: Headers) => ask(port, headers);
  return { get, requests, sockets };
}

function ask(port: number, headers: Headers): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path: '/live', headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: told } = response;
      resolve({ status, headers: told, body: response, close: () => response.destroy() });
    });
    asking.on('error', reject).end();
  });
}

export async function readAll({ body }: Reply): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

export async function closed(socket: Socket | undefined): Promise<void> {
  if (socket && !socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}

export const pragmaLines = (text: string) => [...text.matchAll(/^pragma: ?(.*)\r$/gim)].map((match) => match[1] ?? '');
export const isPlay = (text: string) => text.includes('xPlayStrm=1');

export function answer(head: string[], body: Buffer | string = ''): Buffer {
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

export function bodyOf(response: Buffer): Buffer {
  return response.subarray(response.indexOf('\r\n\r\n') + 4);
}

function guid(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function object(id: string, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat([guid(id), Buffer.alloc(8), ...content]);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 16);
  return bytes;
}

/** As encoders have it: gaps in the numbers, and a stream of commands. */
export function header(...numbers: number[]): Buffer {
  const properties = Buffer.alloc(80);
  properties.writeUInt32LE(9, 64);
  properties.writeUInt32LE(8223, 68);
  properties.writeUInt32LE(8223, 72);
  const streams = numbers.map((number) => {
    const stream = Buffer.alloc(54);
    guid('c0cfda59e659d011a3ac00a0c90348f6').copy(stream);
    stream.writeUInt16LE(number, 48);
    return object('9107dcb7b7a9cf118ee600c00c205365', stream);
  });
  const counts = Buffer.alloc(6);
  counts.writeUInt32LE(1 + streams.length);
  counts.writeUInt16LE(0x0201, 4);
  const all = [counts, object('a1dcab8c47a9cf118ee400c00c205365', properties), ...streams];
  const data = object('3626b2758e66cf11a6d900aa0062ce6c', Buffer.alloc(26));
  return Buffer.concat([object('3026b2758e66cf11a6d900aa0062ce6c', ...all), data]);
}

export function frame(letter: string, payload: Buffer, flags = 0x0c): Buffer {
  const head = Buffer.alloc(12);
  head.write(`$${letter}`, 'latin1');
  head.writeUInt16LE(payload.length + 8, 2);
  head.writeUInt8(flags, 9);
  head.writeUInt16LE(payload.length + 8, 10);
  return Buffer.concat([head, payload]);
}
