import { describe, expect, it } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import { until } from '../support/origin.ts';
import { settle } from '../support/clock.ts';
import { ask, clock, dial, feed, mannered, open, request, call, openHall } from './stage.ts';

describe('watching a stream', () => {
  it('begins with one unchunked head, the header and the newest unit', async () => {
    const { hall, port } = await openHall();
    hall.live();
    await hall.send('one');
    await hall.send('two');
    const viewer = await call(port, 'GET /streams/hall');
    await viewer.until('[1:two]');
    const [head, body] = viewer.text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain('Content-Type: application/x-toy');
    expect(head).toContain('Connection: close');
    expect(head).not.toMatch(/Transfer-Encoding|Content-Length|Accept-Ranges/i);
    expect(body).toBe('<head>[1:two]');
    await hall.send('three');
    await viewer.until('[2:three]');
  });

  it('goes to HTTP/1.0 clients and to those who ask for a range just the same', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const old = await dial(port);
    old.say('GET /streams/hall HTTP/1.0\r\n\r\n');
    const eager = await call(port, 'GET /streams/hall', { Range: 'bytes=0-' });
    await Promise.all([old.until('<head>'), eager.until('<head>')]);
    expect(old.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(eager.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(eager.text).not.toMatch(/ranges/i);
  });

  it('ends with what the wire says at the end, and a client that does not close is closed on', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const viewer = await dial(port);
    viewer.socket.allowHalfOpen = true;
    viewer.say(request('GET /streams/hall'));
    await viewer.until('<head>');
    hall.channel.over();
    await viewer.until('<end>');
    await clock.advance(10_000);
    // Empty lines between requests are nothing to a server that still listens; one that has closed resets.
    while (!viewer.socket.destroyed) {
      viewer.say('\r\n');
      await settle();
    }
    expect(await viewer.closed).toMatch(/<head><end>$/);
  });

  it('finds its address in any case, with a slash at the end, and with parts', async () => {
    const hall = feed('Town/Hall');
    const { port } = await open([hall]);
    hall.live();
    for (const path of ['/streams/Town/Hall', '/Streams/town/hall/', '/streams/town%2Fhall']) {
      const viewer = await call(port, `GET ${path}`);
      await viewer.until('<head>');
    }
  });

  it('gives headers in several lines where the manners want them', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const viewer = await call(port, 'GET /streams/hall', { 'X-Toy': 'bare' });
    expect(await viewer.until('head')).toContain('Pragma: a\r\nPragma: b\r\n');
    expect(viewer.text).toContain('Content-Type: application/x-bare');
  });

  it('is described with the header alone, of a known length, and closed', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const client = await call(port, 'GET /streams/hall', { 'X-Toy': 'describe' });
    const text = await client.closed;
    expect(text).toContain('Content-Length: 6\r\n');
    expect(text).toContain('Content-Type: toy/header\r\n');
    expect(text).toMatch(/Connection: close\r\n[^]*\r\n\r\n<head>$/);
    expect(hall.channel.status().viewersTotal).toBe(0);
  });

  it('goes on undisturbed when its client sends a second request, or garbage', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const viewer = await dial(port);
    viewer.say(request('GET /streams/hall') + request('GET /healthz') + request('GET /streams/hall'));
    await viewer.until('<head>');
    await hall.send('one');
    await viewer.until('[0:one]');
    viewer.say(request('GET /nowhere'));
    await hall.send('two');
    await viewer.until('[1:two]');
    viewer.say('\u0001\u0002 this is no HTTP\r\n\r\n');
    await hall.send('three');
    expect(await viewer.until('[2:three]')).toMatch(/<head>\[0:one\]\[1:two\]\[2:three\]$/);
    expect(viewer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('waits for its turn behind an answer to an earlier request on the same connection', async () => {
    const [slow, hall] = [feed('slow'), feed('hall')];
    const { port } = await open([slow, hall]);
    hall.live();
    const viewer = await dial(port);
    viewer.say(request('GET /streams/slow') + request('GET /streams/hall'));
    await until(() => slow.channel.wanted);
    await clock.advance(30_000);
    const text = await viewer.until('<head>');
    expect(text).toMatch(/^HTTP\/1\.1 503 [^]*HTTP\/1\.1 200 OK/);
  });

  it('waits for a source that is away, and is there with it', async () => {
    const { hall, port } = await openHall();
    const viewer = await call(port, 'GET /streams/hall');
    await until(() => hall.channel.wanted);
    hall.live();
    await viewer.until('<head>');
  });

  it('is told to come again when the source stays away', async () => {
    const { hall, port } = await openHall();
    const viewer = await call(port, 'GET /streams/hall');
    await until(() => hall.channel.wanted);
    await clock.advance(29_999);
    expect(viewer.text).toBe('');
    await clock.advance(1);
    const text = await viewer.until('\n');
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    await viewer.until('no source just now');
    expect(viewer.text).toMatch(/Retry-After: \d/);
  });

  it('lets go of a viewer that goes while it waits', async () => {
    const { hall, port } = await openHall();
    const viewer = await call(port, 'GET /streams/hall');
    await until(() => hall.channel.wanted);
    viewer.socket.destroy();
    await until(() => !hall.channel.wanted);
  });

  it('answers HEAD from what is known, without waiting, without a viewer', async () => {
    const [hall, idle, lost] = [feed('hall'), feed('idle', { container: mannered }), feed('lost')];
    const { port } = await open([hall, idle, lost]);
    hall.live();
    lost.channel.opening();
    const live = await ask(port, 'HEAD /streams/hall');
    expect(live).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Type: application\/x-toy\r\n[^]*\r\n\r\n$/);
    expect(live).not.toMatch(/Transfer-Encoding|Content-Length/);
    expect(await ask(port, 'HEAD /streams/idle')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*Content-Type: application\/x-toy\r\n/,
    );
    expect(await ask(port, 'HEAD /streams/lost')).toMatch(/^HTTP\/1\.1 503 [^]*\r\n\r\n$/);
    expect(await ask(port, 'HEAD /streams/hall', { 'X-Toy': 'describe' })).toMatch(
      /Content-Length: 6\r\n[^]*\r\n\r\n$/,
    );
    expect(hall.channel.status().viewersTotal).toBe(0);
    expect(idle.channel.wanted).toBe(false);
  });

  it('is full for those who come too many, also while the others still wait', async () => {
    const hall = feed('hall', { limits: { viewers: 2, burstMs: 0, graceMs: 30_000 } });
    const { port } = await open([hall]);
    const viewers = await Promise.all([dial(port), dial(port)]);
    for (const viewer of viewers) viewer.say(request('GET /streams/hall'));
    await until(() => hall.channel.wanted);
    await settle();
    const third = await call(port, 'GET /streams/hall');
    expect(await third.until('try again later')).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: \d+\r\n/);
    hall.live();
    await Promise.all(viewers.map((viewer) => viewer.until('<head>')));
    expect(await ask(port, 'GET /streams/hall')).toMatch(/^HTTP\/1\.1 503 /);
    viewers[0]?.socket.destroy();
    await until(() => hall.channel.viewers === 1);
    third.say(request('GET /streams/hall'));
    await third.until('<head>');
  });

  it('begins as far back as the viewer asks for, and refuses what is no time', async () => {
    const hall = feed('hall', { limits: { viewers: 9, burstMs: 0, graceMs: 0 } });
    const { port } = await open([hall]);
    hall.live();
    for (const second of [0, 1, 2, 3, 4, 5]) {
      hall.channel.take({ kind: 'unit', bytes: Buffer.from(`s${second}`), join: true, atMs: second * 1000 });
      await clock.advance(100);
    }
    const viewer = await call(port, 'GET /streams/hall?burst=3s');
    expect(await viewer.until('[5:s5]')).toContain('<head>[2:s2][3:s3]');
    for (const query of ['burst=soon', 'burst=61s', 'burst=-1', 'burst=1s&burst=2s'])
      expect(await ask(port, `GET /streams/hall?${query}`)).toMatch(/^HTTP\/1\.1 400 [^]*'burst'/);
  });

  it('acknowledges what players send beside it, and tells encoders where to push', async () => {
    const hall = feed('hall', { inbox: { reserve: () => '1', leave: () => {}, deliver: async () => 'over' } });
    const { port } = await open([hall]);
    expect(await ask(port, 'POST /streams/hall', { 'X-Toy': 'log' }, 'a log')).toMatch(/^HTTP\/1\.1 204 /);
    for (const method of ['POST', 'PUT'])
      expect(await ask(port, `${method} /streams/hall`, {}, 'a body')).toMatch(
        /^HTTP\/1\.1 405 [^]*Allow: GET, HEAD, OPTIONS\r\n[^]*push to \/streams\/hall_push/,
      );
    expect(await ask(port, 'OPTIONS /streams/hall')).toMatch(/^HTTP\/1\.1 200 [^]*Allow: GET, HEAD, OPTIONS\r\n/);
    expect(await ask(port, 'GET /streams/hall_push')).toMatch(
      /^HTTP\/1\.1 405 [^]*Allow: POST, PUT\r\n[^]*watch at \/streams\/hall/,
    );
  });

  it('lets a Windows Media player tell what it saw, which is no push', async () => {
    const hall = feed('hall', { container: asf });
    const { port } = await open([hall], { containers: [asf] });
    for (const [type, status] of [
      ['LogStats', 204],
      ['sendevent', 200],
      ['getcontentinfo', 200],
    ] as const)
      expect(await ask(port, 'POST /streams/hall', { 'Content-Type': `application/x-wms-${type}` }, 'x')).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status} `),
      );
  });

  it('sends nobody away to a push address that there is not', async () => {
    const { port } = await open([feed('tv', { type: 'pull' })]);
    expect(await ask(port, 'GET /streams/tv_push')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('leaves one line in the log when it begins', async () => {
    const { hall, port, lines } = await openHall();
    hall.live();
    const viewer = await call(port, 'GET /streams/hall', { 'User-Agent': 'x'.repeat(1000) });
    await viewer.until('<head>');
    const agent = 'x'.repeat(200);
    const came = { msg: 'viewer came', stream: 'hall', address: '127.0.0.1', agent, wire: 'toy' };
    expect(lines.filter(({ msg }) => msg === 'viewer came')).toEqual([expect.objectContaining(came)]);
  });
});

describe('a pump that watches', () => {
  it('is told over which streams this one came', async () => {
    const { hall, port } = await openHall();
    hall.live('head', ['pump-b/hall', 'pump-a/hall']);
    const pump = await call(port, 'GET /streams/hall', { 'Stream-Pump-Over': 'pump-c/hall' });
    expect(await pump.until('<head>')).toContain('Stream-Pump-Over: pump-here/hall, pump-b/hall, pump-a/hall\r\n');
    const player = await call(port, 'GET /streams/hall');
    expect(await player.until('<head>')).not.toContain('Stream-Pump-Over');
  });

  it('is refused where this very stream waits for it, even before any of them has one', async () => {
    const { hall, port } = await openHall();
    const waits = { 'Stream-Pump-Over': 'pump-b/hall, pump-a/hall' };
    const pump = await call(port, 'GET /streams/hall', waits);
    await until(() => hall.stream.pumps.size === 1);
    expect([...hall.stream.pumps]).toEqual([['pump-b/hall', 'pump-a/hall']]);
    const circle = { 'Stream-Pump-Over': 'pump-c/hall, pump-here/hall' };
    expect(await ask(port, 'GET /streams/hall', circle)).toMatch(
      /508 [^]*pump-here\/hall < pump-c\/hall < pump-here\/hall/,
    );
    pump.socket.destroy();
    await until(() => hall.stream.pumps.size === 0);
  });

  it('is told of another header in the stream, even where a player of its kind would have to come again', async () => {
    const { hall, port } = await openHall();
    hall.live();
    const [pump, player] = [await dial(port), await dial(port)];
    pump.say(request('GET /streams/hall', { 'X-Toy': 'old', 'Stream-Pump-Over': 'pump-c/hall' }));
    player.say(request('GET /streams/hall', { 'X-Toy': 'old' }));
    await Promise.all([pump.until('<head>'), player.until('<head>')]);
    hall.live('other');
    expect(await pump.until('<now other>')).not.toContain('<end>');
    expect(await player.closed).toMatch(/<head><end>$/);
  });

  it('is refused where it would get its own stream back', async () => {
    const { hall, port } = await openHall();
    const self = await ask(port, 'GET /streams/hall', { 'Stream-Pump-Over': 'pump-here/hall' });
    expect(self).toMatch(/^HTTP\/1\.1 508 [^]*loop/);
    hall.live('head', ['pump-b/hall', 'pump-a/hall']);
    const far = await ask(port, 'GET /streams/hall', { 'Stream-Pump-Over': 'pump-a/hall' });
    expect(far).toMatch(/^HTTP\/1\.1 508 [^]*pump-here\/hall < pump-b\/hall < pump-a\/hall/);
  });
});
