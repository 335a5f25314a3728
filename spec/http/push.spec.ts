import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import type { Stream } from '../../src/http/stream.ts';
import { keep } from '../../src/sources/keep.ts';
import { type Delivery, Inbox } from '../../src/sources/push.ts';
import { toy } from '../support/toy.ts';
import { type Client, type Fed, ask, clock, dial, feed, mannered, open, request, silent, call } from './stage.ts';
import { until } from '../support/origin.ts';

/** A stream that is pushed, with its inbox read as in a pump. */
function pushed(path: string, more: Partial<Omit<Stream, 'path' | 'channel'>> = {}, container = mannered): Fed {
  const inbox = new Inbox({}, { clock });
  const fed = feed(path, { inbox, ...more });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  void keep(() => ({ source: inbox, stallMs: 15_000, container }), fed.channel, { clock, log: silent }, stop.signal);
  return fed;
}

const bytesOf = ({ channel }: Fed) => channel.status().source.bytes;

/** Sends the set-up and returns the place it was given. */
async function setUp(encoder: Client, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  encoder.say(
    request(`POST /streams/${path}_push`, { 'Content-Type': 'toy/set-up', ...headers }, 'AutoDestroy: 1\r\n'),
  );
  const [, place = ''] = /place=(\d+)/.exec(await encoder.until(/place=\d+\r\n[^]*\r\n\r\n/)) ?? [];
  return place;
}

function start(path: string, place: string, length: number): string {
  const head = { 'Content-Type': 'toy/session', 'X-Place': place, 'Content-Length': String(length) };
  return request(`POST /streams/${path}_push`, head);
}

const chunk = (bytes: Buffer) => `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;

describe('a plain push', () => {
  it.each(['PUT', 'POST'])(
    'is live as soon as its header is there, and is answered at its end (%s)',
    async (method) => {
      const hall = pushed('hall');
      const { port } = await open([hall]);
      const body = Buffer.concat([toy('H', 'head'), toy('K', 'one'), toy('U', 'two')]);
      const encoder = await call(port, `${method} /streams/Hall_push/`, { 'Content-Length': String(body.length + 5) });
      encoder.say(body);
      await until(() => hall.channel.live !== undefined && bytesOf(hall) === 6);
      expect(encoder.text).toBe('');
      encoder.say(toy('K', 'end'));
      expect(await encoder.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /);
    },
  );

  it('may come in many requests of told lengths on one connection, and ends with it', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await dial(port);
    const bytes = Buffer.concat([toy('H', 'head'), toy('K', 'one'), toy('U', 'two'), toy('K', 'end')]);
    for (let at = 0; at < bytes.length; at += 4) {
      const part = bytes.subarray(at, at + 4);
      const range = `bytes ${at}-${at + part.length - 1}/*`;
      const answers = encoder.text.length;
      encoder.say(request('PUT /streams/hall_push', { 'Content-Range': range, 'Content-Length': String(part.length) }));
      encoder.say(part);
      await until(() => encoder.text.slice(answers).includes('\r\n\r\n'));
    }
    expect(encoder.text).toMatch(/^(HTTP\/1\.1 204 No Content\r\n[^]*?\r\n\r\n){6}$/);
    expect(encoder.text).not.toContain('Connection: close');
    await until(() => bytesOf(hall) === 9);
    expect(hall.channel.status()).toMatchObject({ state: 'live', source: { restarts: 0 } });
    encoder.socket.end();
    while (hall.channel.status().state !== 'lost') await clock.advance(100);
  });

  it('may come in requests that each have a connection of their own, as long as each goes on where the last one ended', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const bytes = Buffer.concat([toy('H', 'head'), toy('K', 'one'), toy('U', 'two'), toy('K', 'end')]);
    const put = async (at: number, part: Buffer) => {
      const encoder = await dial(port);
      const range = at > 0 ? { 'Content-Range': `bytes ${at}-${at + part.length - 1}/*` } : undefined;
      encoder.say(request('PUT /streams/hall_push', { ...range, 'Content-Length': String(part.length) }));
      encoder.say(part);
      const answer = await encoder.until('\r\n\r\n');
      encoder.socket.end();
      await encoder.closed;
      return answer;
    };
    for (let at = 0; at < bytes.length; at += 5) {
      expect(await put(at, bytes.subarray(at, at + 5))).toMatch(/^HTTP\/1\.1 204 /);
      await clock.advance(1999);
    }
    await until(() => bytesOf(hall) === 9);
    expect(hall.channel.status()).toMatchObject({ state: 'live', source: { restarts: 0 } });

    expect(await put(3, Buffer.from('elsewhere'))).toMatch(/^HTTP\/1\.1 409 /);
    expect(await put(0, bytes)).toMatch(/^HTTP\/1\.1 204 /);
    expect(hall.channel.status().source.restarts).toBe(1);
  });

  it('may be chunked and without end', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Transfer-Encoding': 'chunked' });
    encoder.say(chunk(toy('H', 'head')) + chunk(toy('K', 'one')));
    await until(() => bytesOf(hall) === 3);
    encoder.say('0\r\n\r\n');
    expect(await encoder.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /);
  });

  it('is answered at once when the stream says that it is over, whatever length was promised', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '2147483647' });
    encoder.say(Buffer.concat([toy('H', 'head'), toy('K', 'one'), toy('E')]));
    expect(await encoder.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 [^]*Connection: close\r\n/);
    encoder.socket.end();
    await encoder.closed;
  });

  it('is refused early, and its encoder can read why while it is still sending', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const first = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '1000' });
    first.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
    const second = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '2147483647' });
    for (let sent = 0; sent < 64; sent += 1) second.say(Buffer.alloc(64 * 1024));
    expect(await second.until('another encoder')).toMatch(/^HTTP\/1\.1 409 [^]*Connection: close\r\n/);
    await until(() => second.socket.writableLength === 0);
    await clock.advance(2000);
    await second.closed;
    first.say(toy('K', 'one'));
    await until(() => bytesOf(hall) === 3);
  });

  it('of something that is no container is told so while it comes', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '2147483647' });
    encoder.say(Buffer.concat([toy('H', 'head'), Buffer.from('XX'), Buffer.alloc(500, 'x')]));
    expect(await encoder.until('toy: no part')).toMatch(/^HTTP\/1\.1 400 [^]*Connection: close\r\n/);
  });

  it('that falls silent is told so and closed', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '2147483647' });
    encoder.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
    while (!encoder.text.includes('408 ')) await clock.advance(1000);
    expect(encoder.text).toMatch(/^HTTP\/1\.1 408 [^]*Connection: close\r\n/);
    // What it sends now is read and thrown away, so that the answer is not lost with a reset.
    encoder.say(Buffer.alloc(8 << 20));
    await until(() => encoder.socket.writableLength === 0);
    await clock.advance(2000);
    await encoder.closed;
  });

  it('is answered also when whoever reads it stops early', async () => {
    const inbox = {
      reserve: () => '1',
      leave: () => {},
      deliver: async ({ bytes }: Delivery) => {
        for await (const chunk of bytes) if (chunk.length > 0) break;
        return 'over' as const;
      },
    };
    const { port } = await open([feed('hall', { inbox })]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '2147483647' });
    encoder.say('enough');
    expect(await encoder.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 /);
  });

  it('that breaks off in the middle leaves the place free, and nothing but a line in the log', async () => {
    const hall = pushed('hall');
    const { port, lines } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { 'Content-Length': '1000' });
    encoder.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
    encoder.socket.destroy();
    await until(() => hall.channel.status().state === 'lost');
    expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
    await until(() => lines.some(({ msg }) => msg === 'request broke off'));
    const next = await call(port, 'PUT /streams/hall_push', { 'Transfer-Encoding': 'chunked' });
    next.say(chunk(toy('H', 'head')));
    await until(() => hall.channel.live !== undefined);
  });

  it('is told to go on only once it is known that it may, when it asks first', async () => {
    const hall = pushed('hall', { publish: { users: { encoder: 'secret' } } });
    const { port } = await open([hall]);
    const curl = await dial(port);
    const length = { Expect: '100-continue', 'Content-Length': '1000000' };
    curl.say(request('PUT /streams/hall_push', length));
    expect(await curl.until('needed here')).toMatch(/^HTTP\/1\.1 401 [^]*Connection: close\r\n/);
    const again = await dial(port);
    const Authorization = `Basic ${Buffer.from('encoder:secret').toString('base64')}`;
    again.say(request('PUT /streams/hall_push', { ...length, Authorization }));
    expect(await again.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    again.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
  });

  it('may tell no length and last as long as its connection, as those of FFmpeg’s icecast:// and libshout do', async () => {
    const hall = pushed('hall');
    const { port, lines } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', {
      Expect: '100-continue',
      'Content-Type': 'audio/mpeg',
    });
    expect(await encoder.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    encoder.say(Buffer.concat([toy('H', 'head'), toy('K', 'one')]));
    await until(() => bytesOf(hall) === 3);
    encoder.say(toy('U', 'GET / HTTP/1.1\r\n\r\n'));
    await until(() => bytesOf(hall) > 20);
    const second = await call(port, 'PUT /streams/hall_push', { Expect: '100-continue' });
    expect(await second.until('another encoder')).toMatch(/HTTP\/1\.1 409 [^]*Connection: close\r\n/);
    encoder.socket.end();
    await until(() => hall.channel.status().state === 'lost');
    expect(hall.channel.status().source.lastError).toBe('the source ended');
    expect(await encoder.closed).toMatch(/HTTP\/1\.1 204 /);
    expect(lines.filter(({ level, code }) => Number(level) >= 40 && code !== 'already pushing')).toEqual([]);
  });

  it('of no length is over with its connection, also where that breaks', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await call(port, 'PUT /streams/hall_push', { Expect: '100-continue' });
    await encoder.until(' 100 Continue\r\n\r\n');
    encoder.say(Buffer.concat([toy('H', 'head'), toy('K', 'one')]));
    await until(() => bytesOf(hall) === 3);
    encoder.socket.resetAndDestroy();
    await until(() => hall.channel.status().state === 'lost');
  });

  const body = Buffer.concat([toy('H', 'head'), toy('K', 'one')]);
  it.each([
    [{ Expect: '100-continue', 'Content-Length': String(body.length) }, body.toString('latin1')],
    [{ Expect: '100-continue', 'Transfer-Encoding': 'chunked' }, `${chunk(body)}0\r\n\r\n`],
    [{}, ''],
  ])('that tells where it ends is answered then, whether it has asked or not: %j', async (headers, all) => {
    const { port } = await open([pushed('hall')]);
    const encoder = await call(port, 'PUT /streams/hall_push', headers);
    encoder.say(Buffer.from(all, 'latin1'));
    expect(await encoder.until(/HTTP\/1\.1 [^1].*\r\n[^]*\r\n\r\n/)).toMatch(/HTTP\/1\.1 (?:204|400) /);
  });

  it('finds no stream where none is pushed to', async () => {
    const [tv, off] = [feed('tv', { type: 'pull' }), pushed('off', { enabled: false })];
    const { port } = await open([tv, off]);
    expect(await ask(port, 'PUT /streams/tv_push', {}, 'x')).toMatch(/^HTTP\/1\.1 404 [^]*type pull/);
    expect(await ask(port, 'PUT /streams/off_push', {}, 'x')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(port, 'POST /streams/unknown_push', {}, 'x')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(port, 'PUT /streams/tv', {}, 'x')).toMatch(/^HTTP\/1\.1 405 [^]*Allow: GET, HEAD, OPTIONS\r\n/);
  });

  it.each(['/streams/hall_push.isml/Streams(video)', '/live/x.isml/Streams(1)'])(
    'is refused as what it is: %s',
    async (path) => {
      const { port } = await open([pushed('hall')]);
      expect(await ask(port, `POST ${path}`, { 'Content-Length': '0' })).toMatch(/^HTTP\/1\.1 415 [^]*no smooth toys/);
    },
  );
});

describe('a Windows Media encoder behind a proxy', () => {
  it('pushes its session of six requests, and viewers see one stream', async () => {
    const hall = pushed('pushed_video', {}, asf);
    const { port } = await open([hall], { containers: [asf] });
    const [first = '', ...others] = requestsOf('proxied-session.bin.gz');
    const encoder = await dial(port);
    const answers = () => encoder.text.match(/HTTP\/1\.1 204 No Content\r\n/g)?.length ?? 0;
    encoder.say(Buffer.from(first, 'latin1'));
    await until(() => answers() === 1);
    expect(encoder.text).toMatch(
      /\r\nServer: Cougar\/[^]*\r\nContent-Length: 0\r\n[^]*\r\nSet-Cookie: push-id=\d+\r\n/,
    );
    const [cookie = ''] = /push-id=\d+/.exec(encoder.text) ?? [];
    const player = await dial(port);
    player.say('GET /streams/pushed_video HTTP/1.0\r\nUser-Agent: NSPlayer/12.0\r\nPragma: xPlayStrm=1\r\n\r\n');
    for (const [index, one] of others.entries()) {
      encoder.say(Buffer.from(one.replace(/push-id=\d+/, cookie), 'latin1'));
      await until(() => answers() === index + 2);
      await clock.advance(100);
    }
    const { source, viewersTotal } = hall.channel.status();
    // What is blanked out in the sample can be told for no packet.
    expect(source).toMatchObject({ restarts: 0, losses: { packets: 156 } });
    expect(viewersTotal).toBe(1);
    // One head, the header, the packets, the change to another header in the middle, its packets, the end.
    const text = await player.closed;
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(text).toContain('Content-Type: application/x-mms-framed\r\n');
    expect(text.match(/\$H/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text.slice(-8)).toBe('$E\x04\0\0\0\0\0');
    encoder.socket.end();
    await encoder.closed;
  });
});

function requestsOf(sample: string): string[] {
  const file = new URL(`../samples/push-requests/${sample}`, import.meta.url);
  return gunzipSync(readFileSync(file))
    .toString('latin1')
    .split(/(?=POST \/streams)/);
}

describe('a push in a session', () => {
  it('is answered exactly when its length is complete, and goes on in the next request on the same connection', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await dial(port);
    const place = await setUp(encoder, 'hall');
    expect(encoder.text).toMatch(
      /^HTTP\/1\.1 204 [^]*Keep-Alive: timeout=120\r\nServer: Toy\/1\r\nContent-Length: 0\r\n/,
    );
    const answers = () => encoder.text.match(/HTTP\/1\.1 204 /g)?.length;
    const first = Buffer.concat([toy('H', 'head'), toy('K', 'one')]);
    encoder.say(start('hall', place, first.length));
    encoder.say(first.subarray(0, -1));
    await until(() => hall.channel.live !== undefined);
    expect(answers()).toBe(1);
    encoder.say(first.subarray(-1));
    await until(() => answers() === 2);
    encoder.say(Buffer.concat([Buffer.from(start('hall', place, 5)), toy('K', 'two')]));
    await until(() => answers() === 3);
    expect(bytesOf(hall)).toBe(6);
    encoder.say(start('hall', place, 1000));
    encoder.say(toy('E'));
    await until(() => answers() === 4);
    expect(encoder.text).toMatch(/Connection: close\r\n[^]*$/);
    expect(hall.channel.status().source.restarts).toBe(0);
  });

  it('goes on over another connection when one has broken', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall]);
    const encoder = await dial(port);
    const place = await setUp(encoder, 'hall');
    encoder.say(start('hall', place, 1000));
    encoder.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
    encoder.socket.destroy();
    const again = await dial(port);
    again.say(start('hall', place, 1000));
    again.say(toy('K', 'one'));
    await until(() => bytesOf(hall) === 3);
    expect(hall.channel.status()).toMatchObject({ state: 'live', source: { restarts: 0 } });
  });

  it('keeps its connection longer between requests than others may', async () => {
    const hall = pushed('hall');
    const { port } = await open([hall], { patience: { idleMs: 20 } });
    const encoder = await dial(port);
    const place = await setUp(encoder, 'hall');
    const other = await call(port, 'GET /healthz');
    await other.closed;
    encoder.say(start('hall', place, 6));
    encoder.say(toy('H', 'head'));
    await until(() => encoder.text.match(/HTTP\/1\.1 204 /g)?.length === 2);
  });

  it('is known by its place once it has shown its password, from the same address alone', async () => {
    const hall = pushed('hall', { publish: { users: { encoder: 'secret' } } });
    const { port } = await open([hall], { trustProxy: ['127.0.0.1'] });
    const encoder = await call(port, 'POST /streams/hall_push', { 'Content-Type': 'toy/set-up' }, 'AutoDestroy: 1\r\n');
    const refusal = await encoder.until('needed here');
    expect(refusal).toMatch(/^HTTP\/1\.1 401 [^]*Server: Toy\/1\r\nWWW-Authenticate: Digest /);
    expect(refusal).not.toContain('Connection: close');
    const Authorization = `Basic ${Buffer.from('encoder:secret').toString('base64')}`;
    const place = await setUp(encoder, 'hall', { Authorization });
    const stranger = await dial(port);
    const session = { 'Content-Type': 'toy/session', 'X-Place': place, 'X-Forwarded-For': '192.0.2.9' };
    stranger.say(request('POST /streams/hall_push', session, 'x'));
    await stranger.until('HTTP/1.1 401');
    encoder.say(start('hall', place, 100));
    encoder.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
  });

  it('is asked again where others may publish since, and not where they are the same', async () => {
    const users = { encoder: 'secret' };
    const hall = pushed('hall', { publish: { users } });
    const streams = new Map([['hall', hall.stream]]);
    const { port } = await open([hall], { streams });
    const Authorization = `Basic ${Buffer.from('encoder:secret').toString('base64')}`;
    const place = await setUp(await dial(port), 'hall', { Authorization });
    streams.set('hall', { ...hall.stream, publish: { users: { encoder: 'another' } } });
    const session = { 'Content-Type': 'toy/session', 'X-Place': place };
    expect(await ask(port, 'POST /streams/hall_push', session, 'x')).toMatch(/^HTTP\/1\.1 401 /);
    streams.set('hall', { ...hall.stream, publish: { users: { ...users } } });
    const encoder = await dial(port);
    encoder.say(start('hall', place, 100));
    encoder.say(toy('H', 'head'));
    await until(() => hall.channel.live !== undefined);
  });

  it('is refused a set-up that is too long, and one that never comes', async () => {
    const { port } = await open([pushed('hall')]);
    const long = await ask(port, 'POST /streams/hall_push', { 'Content-Type': 'toy/set-up' }, 'x'.repeat(5000));
    expect(long).toMatch(/^HTTP\/1\.1 413 /);
    const late = await dial(port);
    const before = clock.waiting;
    late.say(request('POST /streams/hall_push', { 'Content-Type': 'toy/set-up', 'Content-Length': '16' }));
    late.say('AutoDestroy');
    await until(() => clock.waiting > before);
    await clock.advance(10_000);
    expect(await late.until('\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('of another container than the configured one is told so', async () => {
    const { port } = await open([pushed('hall', { container: asf })]);
    const answer = await ask(port, 'POST /streams/hall_push', { 'Content-Type': 'toy/set-up' }, 'x');
    expect(answer).toMatch(/^HTTP\/1\.1 415 [^]*takes asf only/);
  });
});
