import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import { createHttpServer } from '../../src/http/guard.ts';
import { certificates, readCertificates } from '../../src/http/certificate.ts';
import { runHttp } from '../../src/http/server.ts';
import { settle } from '../support/clock.ts';
import { clock, dial, feed, open, request, silent, call, openHall } from './stage.ts';
import { newFolder } from '../support/folder.ts';
import { writtenLog } from '../support/log.ts';
import { until } from '../support/origin.ts';

const MMST_HELLO = Buffer.from('01000000cefa0bb0a00000004d4d53201400000000000000', 'hex');

describe('a client that is no HTTP client', () => {
  it.each([MMST_HELLO.length, 8, 1])(
    'but says hello in MMS over TCP is hung up on without a byte (%i bytes of it)',
    async (length) => {
      const { port } = await open([], { containers: [asf] });
      const player = await dial(port);
      player.say(MMST_HELLO.subarray(0, length));
      expect(await player.closed).toBe('');
    },
  );

  it('is told so in one line', async () => {
    const { port } = await open([]);
    const client = await dial(port);
    client.say('hello?\r\n\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nThis is no HTTP request\.\n$/);
  });
});

describe('a request', () => {
  it('with too long a head is refused', async () => {
    const { port } = await open([]);
    const client = await call(port, 'GET /healthz', { Cookie: 'x'.repeat(17_000) });
    expect(await client.closed).toMatch(/^HTTP\/1\.1 431 [^]*16 KiB/);
    const fine = await call(port, 'GET /healthz', { Cookie: 'x'.repeat(15_000), Connection: 'close' });
    expect(await fine.closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that names two hosts is refused', async () => {
    const { port } = await open([]);
    const client = await dial(port);
    client.say('GET /healthz HTTP/1.1\r\nHost: one\r\nHost: two\r\nConnection: close\r\n\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 [^]*two Host headers/);
  });

  it('whose head trickles in, or never comes, is not waited for', async () => {
    const { port } = await open([], { patience: { headMs: 150, lookMs: 20 } });
    const [slow, mute] = [await dial(port), await dial(port)];
    slow.say('GET /hea');
    const trickle = setInterval(() => slow.say('l'), 20);
    onTestFinished(() => clearInterval(trickle));
    expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(await mute.closed).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('that never becomes a whole one, behind the one for a stream, does not end that stream', async () => {
    const { hall, port } = await openHall({ patience: { headMs: 50, lookMs: 20 } });
    hall.live();
    const [viewer, mute] = [await dial(port), await dial(port)];
    viewer.say(`${request('GET /streams/hall')}GET /half`);
    mute.say('GET /half');
    expect(await mute.closed).toMatch(/^HTTP\/1\.1 408 /);
    await hall.send('still here');
    await viewer.until('still here');
  });

  it('after request that is sent ahead of its turn costs its client the connection', async () => {
    const { hall, port } = await openHall();
    const greedy = await call(port, 'GET /streams/hall');
    await until(() => hall.channel.wanted);
    greedy.say(request('GET /healthz').repeat(1000));
    expect(await greedy.closed).toBe('');
    await until(() => !hall.channel.wanted);
  });

  it('after request that comes in the same moment is not even read', async () => {
    let read = 0;
    const note = () => void (read += 1);
    subscribe('http.server.request.start', note);
    onTestFinished(() => void unsubscribe('http.server.request.start', note));
    const { port } = await open([]);
    const greedy = await dial(port);
    greedy.say('GET / HTTP/1.1\r\nHost:\r\n\r\n'.repeat(2600));
    await greedy.closed;
    expect(read).toBeGreaterThan(16);
    expect(read).toBeLessThan(2600 / 3);
  });

  it('after request on the connection of a viewer costs that viewer alone', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const [greedy, calm] = [await dial(port), await dial(port)];
    greedy.say(request('GET /streams/hall'));
    calm.say(request('GET /streams/hall') + request('GET /healthz'));
    await until(() => hall.channel.viewers === 2);
    greedy.say(request('GET /healthz').repeat(50_000));
    await greedy.closed;
    await until(() => hall.channel.viewers === 1);
    await hall.send('still here');
    await calm.until('still here');
  });

  it('may follow request on one connection, as those of a page that asks again and again', async () => {
    const { port } = await open([]);
    const patient = await dial(port);
    for (let n = 1; n <= 50; n++) {
      patient.say(request('GET /healthz'));
      await until(() => patient.text.split('\r\n\r\nok\n').length === n + 1);
    }
  });

  it('may go on for days, since encoders push for days', () => {
    const patience = { handshakeMs: 1, headMs: 1, lookMs: 1, idleMs: 1, mostConnections: 1 };
    expect(createHttpServer(patience).requestTimeout).toBe(0);
  });

  it('beyond as many connections as there may be is not taken, and the log says so', async () => {
    const { port, lines } = await open([], { patience: { mostConnections: 2 } });
    const first = [await dial(port), await dial(port)];
    const third = await dial(port);
    expect(await third.closed).toBe('');
    await clock.advance(1000);
    expect(lines.find(({ msg }) => msg === 'connection refused: there are too many')).toMatchObject({ count: 1 });
    first[0]?.say(request('GET /healthz'));
    await first[0]?.until('ok\n');
  });
});

describe('a stream that may have more viewers than there may be files', () => {
  it('is told of at the start, with what to write into the unit', async () => {
    const many = feed('hall', { limits: { viewers: 5000, burstMs: 0, graceMs: 0 } });
    const { lines } = await open([many], { patience: { mostConnections: 4999 } });
    expect(lines.filter(({ level }) => level === 40)).toEqual([
      expect.objectContaining({
        msg: 'a stream may have more viewers than there may be open files',
        viewers: 5000,
        connections: 4999,
        advice: expect.stringContaining('LimitNOFILE=5100'),
      }),
    ]);
    const { lines: none } = await open([many], { patience: { mostConnections: 5000 } });
    expect(none.filter(({ level }) => level === 40)).toEqual([]);
  });
});

describe('the end', () => {
  it('lets viewers have the last of their stream, and then leaves nothing open', async () => {
    const { hall, port, stop } = await openHall();
    hall.live();
    const viewer = await call(port, 'GET /streams/hall');
    await viewer.until('<head>');
    const idle = await call(port, 'GET /healthz');
    await idle.until('ok\n');
    await stop();
    expect(await viewer.closed).toMatch(/<head><end>$/);
    await idle.closed;
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for those who will not go', async () => {
    const { port, stop } = await open([feed('hall')]);
    const stubborn = await dial(port);
    stubborn.say('GET /');
    await settle();
    await stop();
    await stubborn.closed;
  });

  it('is told to those who still wait for a stream', async () => {
    const { hall, port, stop } = await openHall();
    const client = await call(port, 'GET /streams/hall');
    await until(() => hall.channel.wanted);
    await stop();
    expect(await client.closed).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close\r\n/);
  });
});

describe('listening', () => {
  it('on every address reaches IPv4 too', async () => {
    const { port } = await open([], { http: { port: 0 } });
    const four = await call(port, 'GET /healthz');
    await four.until('ok\n');
    expect(four.text).toContain('200 OK');
  });

  it('says in one line why it cannot, and lets go of what it had', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const front = { streams: new Map(), self: 'x', log: silent, clock };
    const run = (host: string) => runHttp({ ...front, http: { host, port } }, new AbortController().signal);
    await expect(run('127.0.0.1')).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another program listens there`);
    await expect(run('192.0.2.1')).rejects.toThrow('this machine has no such address');
  });
});

describe('TLS', () => {
  async function certificate(name: string) {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keySize: 2048 });
    return { cert, key };
  }

  const nameOf = ({ socket }: Awaited<ReturnType<typeof dial>>) =>
    socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;

  it('goes on for viewers while the certificate is renewed, which newcomers get', async () => {
    const folder = newFolder(onTestFinished);
    const files = { cert: join(folder, 'pump.crt'), key: join(folder, 'pump.key') };
    const [old, renewed] = await Promise.all([certificate('old'), certificate('new')]);
    writeFileSync(files.cert, old.cert);
    writeFileSync(files.key, old.key);
    const hall = feed('hall');
    const { log, lines } = writtenLog();
    const stop = new AbortController();
    const kept = readCertificates(files, { clock, log }, stop.signal);
    const { tlsPort } = await open([hall], { https: { host: '127.0.0.1', port: 0, certificates: kept } });
    hall.live();
    const viewer = await dial(tlsPort, { rejectUnauthorized: false });
    viewer.say(request('GET /streams/hall'));
    await viewer.until('<head>');
    expect(nameOf(viewer)).toBe('old');

    writeFileSync(files.cert, 'half a certif');
    await clock.advance(10_000);
    expect(lines.some(({ msg }) => String(msg).startsWith('certificate'))).toBe(false);
    await clock.advance(60_000);
    expect(lines.filter(({ msg }) => String(msg).startsWith('certificate not taken'))).toHaveLength(1);
    expect(nameOf(await dial(tlsPort, { rejectUnauthorized: false }))).toBe('old');

    writeFileSync(files.cert, renewed.cert);
    writeFileSync(files.key, renewed.key);
    await clock.advance(10_000);
    expect(nameOf(await dial(tlsPort, { rejectUnauthorized: false }))).toBe('new');
    expect(lines.some(({ msg }) => msg === 'certificate renewed')).toBe(true);
    await hall.send('still here');
    await viewer.until('still here');
    const before = clock.waiting;
    stop.abort();
    expect(clock.waiting).toBe(before - 1);
  });

  it('does not wait for a client that never finishes its handshake', async () => {
    const { cert, key } = await certificate('pump');
    const kept = certificates({ cert: Buffer.from(cert), key: Buffer.from(key) });
    const patience = { handshakeMs: 50 };
    const { tlsPort } = await open([], { https: { host: '127.0.0.1', port: 0, certificates: kept }, patience });
    const mute = await dial(tlsPort);
    mute.socket.write(Buffer.from('1603010200', 'hex'));
    expect(await mute.closed).toBe('');
  });

  it('says in one line what is wrong with its files', () => {
    const files = { cert: '/nowhere/pump.crt', key: '/nowhere/pump.key' };
    const read = () => readCertificates(files, { clock, log: silent }, new AbortController().signal);
    expect(read).toThrow(/^no TLS with \/nowhere\/pump\.crt and /);
  });
});
