import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionOf, onLines, takeOver } from '../../src/http/line.ts';
import { listening } from '../support/listening.ts';
import { dial, feed, open, request, call, openHall } from './stage.ts';
import { until } from '../support/origin.ts';

describe('a viewer', () => {
  it('is all that is left of its request', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const requests: WeakRef<object>[] = [];
    const note = (told: unknown) => {
      if (told instanceof Object && 'request' in told && 'response' in told)
        for (const one of [told.request, told.response]) if (one instanceof Object) requests.push(new WeakRef(one));
    };
    subscribe('http.server.request.start', note);
    onTestFinished(() => void unsubscribe('http.server.request.start', note));
    const { hall, port } = await openHall({ visited: () => {} });
    hall.live();
    const viewer = await call(port, 'GET /streams/hall?burst=1s', {
      'User-Agent': 'player',
      Referer: 'http://page.example/',
    });
    await viewer.until('<head>');
    expect(requests).toHaveLength(2);
    while (requests.some((one) => one.deref() !== undefined)) {
      await turn();
      collect();
    }
    await hall.send('still here');
    await viewer.until('still here');
  });

  it('that has said all that it had to say is not sent the stream any longer', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const viewer = await call(port, 'GET /streams/hall');
    await viewer.until('<head>');
    viewer.socket.end();
    await viewer.closed;
    await until(() => hall.channel.viewers === 0);
  });

  it('takes no place when it leaves before it is its turn', async () => {
    const [slow, hall] = [feed('slow'), feed('hall', { limits: { viewers: 1, burstMs: 0, graceMs: 30_000 } })];
    const { port } = await open([slow, hall]);
    hall.live();
    const hasty = await dial(port);
    hasty.say(request('GET /streams/slow') + request('GET /streams/hall'));
    await until(() => slow.channel.wanted);
    hasty.socket.destroy();
    await until(() => !slow.channel.wanted);
    const viewer = await call(port, 'GET /streams/hall');
    await viewer.until('<head>');
  });
});

/** A request to a server that hears of its connections through lines, from a client that neither reads nor ends by itself. */
async function asked(head: string, body = Buffer.alloc(0)) {
  const server = onLines(createServer());
  const client = connect({ port: await listening(server), host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  onTestFinished(() => void client.destroy());
  client.write(request(head, { Connection: 'close', 'Content-Length': String(body.length) }));
  client.write(body);
  const [req, res]: [IncomingMessage, ServerResponse] = await new Promise((resolve) =>
    server.once('request', (...both) => resolve(both)),
  );
  return { client, req, res, connection: connectionOf(req) };
}

describe('a request', () => {
  it('is taken in no faster than its body is read, and whole', async () => {
    const { req, connection } = await asked('PUT /', Buffer.alloc(32 << 20));
    await until(() => connection.isPaused());
    expect(connection.bytesRead).toBeLessThan(1 << 20);
    let bytes = 0;
    for await (const chunk of req) bytes += chunk.length;
    expect(bytes).toBe(32 << 20);
  });

  it.each(['Content-Length', 'Transfer-Encoding'])(
    'whose answer nobody takes is answered no further (%s)',
    async (how) => {
      const { client, res, connection } = await asked('GET /');
      // The latter is written in pieces.
      res.setHeader(how, how === 'Content-Length' ? 32 << 20 : 'chunked').flushHeaders();
      await turn();
      let isTaken = false;
      res.write(Buffer.alloc(32 << 20), () => (isTaken = true));
      await until(() => connection.writableLength > 0);
      await turn();
      expect(isTaken).toBe(false);
      client.resume();
      await until(() => isTaken);
    },
  );

  it('is over when its connection is, whoever ends that', async () => {
    const { res, connection } = await asked('GET /');
    connection.destroy();
    await once(res, 'close');
  });

  it('that was answered leaves no connection behind, also where its client does not hang up', async () => {
    const { client, res, connection } = await asked('GET /');
    client.resume();
    res.end('over');
    await Promise.all([once(client, 'end'), once(connection, 'close')]);
    expect(client.writable).toBe(true);
  });
});

describe('a connection that is taken over', () => {
  it('may break, and nothing else does', async () => {
    const { client, req } = await asked('GET /');
    const socket = takeOver(req);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    client.resetAndDestroy();
    await closed;
  });

  it('is ended where its client says far too much, also where that was waiting', async () => {
    const { req, connection } = await asked('PUT /', Buffer.alloc(4 << 20));
    await until(() => connection.isPaused());
    await once(takeOver(req), 'close');
  });
});
