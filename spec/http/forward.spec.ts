// Two processes of one pump, here in one: a front that has the sources, and one that only serves viewers and passes all else on.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import { keep } from '../../src/sources/keep.ts';
import type { Hand } from '../../src/http/doors.ts';
import { Inbox } from '../../src/sources/push.ts';
import { settle } from '../support/clock.ts';
import { toy } from '../support/toy.ts';
import { ask, clock, dial, type Fed, feed, mannered, open, request, silent, call } from './stage.ts';
import { newFolder } from '../support/folder.ts';
import { until } from '../support/origin.ts';

async function two({
  inner = [],
  outer = [],
  most = 100,
}: {
  inner?: readonly Fed[];
  outer?: readonly Fed[];
  most?: number;
}) {
  const folder = newFolder(onTestFinished);
  const inside = join(folder, 'inside.sock');
  const containers = [mannered, asf];
  let take: Hand = () => {};
  const worker = { to: inside, leaving: new AbortController().signal, opened: (taking: Hand) => void (take = taking) };
  const door = await open(inner, { primary: { inside, hand: (...connection) => take(...connection) }, containers });
  const { lines } = await open(outer, { worker, containers, patience: { mostConnections: most } });
  return { lines, primary: door, port: door.port, inside };
}

/** A stream that is pushed, with its inbox read as in a pump. */
function pushed(path: string): Fed {
  const inbox = new Inbox({}, { clock });
  const fed = feed(path, { inbox });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const opening = { source: inbox, stallMs: 15_000, container: mannered };
  void keep(() => opening, fed.channel, { clock, log: silent }, stop.signal);
  return fed;
}

describe('a process that only serves viewers', () => {
  it('does not read request after request behind one for its stream', async () => {
    let read = 0;
    const note = () => void (read += 1);
    subscribe('http.server.request.start', note);
    onTestFinished(() => void unsubscribe('http.server.request.start', note));
    const hall = feed('hall');
    const { port } = await two({ outer: [hall] });
    hall.live();
    const greedy = await dial(port);
    greedy.say(request('GET /streams/hall') + 'GET / HTTP/1.1\r\nHost:\r\n\r\n'.repeat(2500));
    await greedy.closed;
    expect(read).toBeLessThan(2500 / 3);
  });

  it('takes as many connections as there may be, and says so', async () => {
    const hall = feed('hall');
    const { port, lines } = await two({ outer: [hall], most: 1 });
    hall.live();
    const first = await call(port, 'GET /streams/hall');
    await first.until('<head>');
    expect(await (await dial(port)).closed).toBe('');
    await clock.advance(1000);
    expect(lines.find(({ msg }) => msg === 'connection refused: there are too many')).toMatchObject({ count: 1 });
  });

  it('serves its streams itself, however they are asked for, one on each connection', async () => {
    const hall = feed('hall');
    const { port, primary } = await two({ outer: [hall] });
    hall.live();
    await hall.send('one');
    for (const target of [
      '/streams/hall',
      '/streams/HALL/?burst=0s',
      'http://pump.test/streams/hall',
      '/streams/h%61ll',
    ]) {
      const viewer = await call(port, `GET ${target}`);
      expect(await viewer.until('one')).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
    }
    expect(primary.lines.filter(({ msg }) => msg === 'viewer came')).toEqual([]);
    expect(hall.channel.viewers).toBe(4);
  });

  it('passes all else on, with the address that it came from', async () => {
    const hall = feed('hall', { watch: { from: ['127.0.0.1'] } });
    const away = feed('away', { watch: { from: ['192.0.2.1'] } });
    const { port } = await two({ inner: [hall, away] });
    hall.live();
    await hall.send('one');
    const viewer = await call(port, 'GET /streams/hall?burst=0s');
    await viewer.until('one');
    expect(await ask(port, 'GET /streams/away')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await ask(port, 'GET /streams/none')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(port, 'HEAD /streams/hall')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(port, 'GET /streams/%zz')).toMatch(/^HTTP\/1\.1 400 /);
    // Not kept for what a browser asks next, which may be a stream.
    const browser = await call(port, 'GET /healthz');
    expect(await browser.closed).toMatch(/connection: close[^]*ok\n$/i);
  });

  it('passes a push on as it comes: asked before it is sent, in pieces, and the next one on the same connection', async () => {
    const hall = pushed('hall');
    const { port } = await two({ inner: [hall] });
    const encoder = await dial(port);
    const first = Buffer.concat([toy('H', 'head'), toy('K', 'one')]);
    encoder.say(request('PUT /streams/hall_push', { Expect: '100-continue', 'Content-Length': String(first.length) }));
    await encoder.until('100 Continue');
    for (const byte of first) {
      encoder.say(Buffer.of(byte));
      await settle();
    }
    await encoder.until(/ 204 [^]*keep-alive/i);
    const second = toy('K', 'two');
    encoder.say(request('PUT /streams/hall_push', { 'Content-Length': String(second.length) }));
    encoder.say(second);
    await encoder.until(/ 204 [^]* 204 /);
    expect(hall.channel.status().source).toMatchObject({ bytes: 6, restarts: 0 });
  });

  it('tells the other side when an encoder hangs up in the middle, and the encoder when it is refused', async () => {
    const hall = pushed('hall');
    const { port } = await two({ inner: [hall] });
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Transfer-Encoding': 'chunked' });
    encoder.say(Buffer.concat([Buffer.from('6\r\n'), toy('H', 'head'), Buffer.from('\r\n')]));
    await until(() => hall.channel.live !== undefined);
    const other = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '1000000' });
    other.say(Buffer.alloc(5000));
    expect(await other.until('\n')).toMatch(/^HTTP\/1\.1 409 /);
    encoder.socket.resetAndDestroy();
    await until(() => hall.channel.status().state === 'lost');
    expect(hall.channel.status().source.lastError).toMatch(/^the encoder hung up in the middle/);
  });

  it('believes nobody at its own door who says whose connection it is', async () => {
    const hall = feed('hall', { watch: { from: ['192.0.2.1'] } });
    const { port } = await two({ inner: [hall] });
    hall.live();
    const liar = await dial(port);
    liar.say('{"address":"192.0.2.1","port":1,"isEncrypted":false}\n');
    liar.say(request('GET /streams/hall'));
    expect(await liar.closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('hangs up at once on who takes the port for another protocol', async () => {
    const { port } = await two({});
    const [hello = Buffer.alloc(0)] = asf.manners?.otherHellos ?? [];
    const player = await dial(port);
    player.say(hello);
    expect(await player.closed).toBe('');
  });

  it('waits for the head of a request no longer than one process does, and for none that has no end', async () => {
    const { port } = await two({ outer: [feed('hall')] });
    const slow = await dial(port);
    slow.say('GET /streams/hall HTTP/1.1\r\nHost: a');
    const long = await dial(port);
    long.say(`GET /streams/hall HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`);
    expect(await long.closed).toMatch(/^HTTP\/1\.1 431 /);
    const coming = slow.closed;
    await clock.advance(10_000);
    slow.say('\r\n\r\n');
    expect(await Promise.race([coming, slow.until('\r\n\r\n')])).toMatch(/^HTTP\/1\.1 4/);
  });
});

describe('another process of the pump', () => {
  it('gets a stream whoever may watch it, takes no place, and is no viewer', async () => {
    const hall = feed('hall', {
      watch: { users: { viewer: 'secret' } },
      limits: { viewers: 1, burstMs: 0, graceMs: 1000 },
    });
    const { inside, port } = await two({ inner: [hall] });
    hall.live();
    await hall.send('one');
    // The one viewer that there may be.
    const viewer = await call(port, 'GET /streams/hall', { Authorization: `Basic ${btoa('viewer:secret')}` });
    await viewer.until('one');
    const texts = ['', ''];
    texts.forEach((_, n) => {
      const socket = connect(inside);
      onTestFinished(() => void socket.destroy());
      socket.on('data', (bytes: Buffer) => (texts[n] += bytes.toString('latin1')));
      socket.write(
        request('GET /streams/hall', { Accept: 'application/x-stream-pump-link; v=1', 'Stream-Pump-Over': 'w/hall' }),
      );
    });
    await until(() => texts.every((text) => text.includes('one')));
    expect(texts[0]).toMatch(/content-type: application\/x-stream-pump-link; v=1\r\n[^]*StreamPumpLink\/1 toy\n/i);
    expect(hall.channel.status()).toMatchObject({ viewers: 1, viewersTotal: 1 });
    expect(hall.channel.wanted).toBe(true);
  });

  it('is the same pump, on the way that a stream has come', async () => {
    const hall = feed('hall');
    const { port } = await two({ outer: [hall] });
    hall.live('head', ['pump-here/hall', 'pump-there/x']);
    const pump = await call(port, 'GET /streams/hall', { 'Stream-Pump-Over': 'pump-far/hall' });
    expect(await pump.until('\r\n\r\n')).toMatch(/stream-pump-over: pump-here\/hall, pump-there\/x\r\n/i);
  });

  it('tells of its viewers, who count as if they were here', () => {
    const { channel } = feed('hall');
    const told = { viewers: 3, viewersTotal: 5, bytesOut: 100, skips: 1, departures: { left: 2 } };
    channel.audience.elsewhere('one', told);
    channel.audience.elsewhere('two', { ...told, viewers: 1 });
    expect(channel.viewers).toBe(4);
    channel.audience.elsewhere('one');
    expect(channel.viewers).toBe(1);
    const all = { viewers: 1, viewersPeak: 4, viewersTotal: 10, bytesOut: 200, skips: 2, departures: { left: 7 } };
    expect(channel.status()).toMatchObject(all);
    expect(channel.audience.here()).toMatchObject({ viewers: 0, viewersTotal: 0 });
  });
});
