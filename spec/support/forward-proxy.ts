// A forward proxy that takes every host for this machine, so that names can be asked for that exist nowhere. It remembers the heads of
// what it was asked.

import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Origin, serving } from './origin.ts';

export async function forwardProxy(status = 200): Promise<Origin> {
  const heads: string[] = [];
  const server = createServer((request, response) => {
    heads.push(
      `${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''} ${request.headers.host}`,
    );
    const { port, pathname } = new URL(request.url ?? '');
    httpRequest({ port, host: '127.0.0.1', path: pathname }, (reply) => reply.pipe(response)).end();
  });
  server.on('connect', ({ url = '', headers }, socket) => {
    heads.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? ''} ${headers.host}`);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  });
  const proxy = await serving(server, heads);
  onTestFinished(() => proxy.close());
  return proxy;
}
