import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import { pull } from '../../src/sources/pull.ts';
import type { Means } from '../../src/sources/source.ts';
import { failureOf, handMeans, type Origin, origin, rawOrigin, reading, until } from '../support/origin.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function serve(answer: RequestListener): Promise<Origin> {
  const server = await origin(answer);
  opened.push(server);
  return server;
}

/** Opens, and gives up when the test is over. */
type More = Partial<Means> & { readonly container?: string };

function taking(url: string | string[], { container, ...more }: More = {}) {
  const means = handMeans(more);
  const source = pull.create({ url, ...(container === undefined ? {} : { container }) }, means);
  const stop = new AbortController();
  opened.push({ close: () => stop.abort() });
  return { source, means, stop, open: () => source.open(stop.signal) };
}

async function textOf(url: string | string[], more: More = {}): Promise<string> {
  const feed = await taking(url, more).open();
  const seen = reading(feed.bytes);
  await seen.finished;
  expect(seen.error).toBeUndefined();
  return seen.text;
}

const sentence = async (promise: Promise<unknown>) => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(PumpError);
  return (error as PumpError).message;
};

const say = (text: string) => (_request: IncomingMessage, response: ServerResponse) => response.end(text);

describe('a pull from an HTTP server', () => {
  it('asks for path and query, says who asks and over which stream', async () => {
    const server = await serve(say('bytes'));
    expect(await textOf(`http://${server.host}/streams/x?a=b`, { self: 'pump-1/hall' })).toBe('bytes');
    const [head = ''] = server.heads;
    expect(head).toMatch(/^GET \/streams\/x\?a=b HTTP\/1\.1\r\n/);
    expect(head).toContain(`\r\nHost: ${server.host}`);
    expect(head).toMatch(/\r\nUser-Agent: StreamPump\//);
    expect(head).toContain('\r\nStream-Pump-Over: pump-1/hall');
  });

  it('says which streams of other pumps wait for it', async () => {
    const server = await serve(say('bytes'));
    const waiting = () => ['pump-2/hall', 'pump-3/hall'];
    await textOf(`http://${server.host}/`, { self: 'pump-1/hall', waiting });
    expect(server.heads[0]).toContain('\r\nStream-Pump-Over: pump-1/hall, pump-2/hall, pump-3/hall');
  });

  it('tells what the server says it is, and over which streams it came', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('Content-Type', 'video/mp2t');
      response.setHeader('Stream-Pump-Over', ['b/x, c/x', 'd/x']);
      response.end();
    });
    const feed = await taking(`http://u:secret@${server.host}/`).open();
    expect(feed).toMatchObject({ says: 'video/mp2t', over: ['b/x', 'c/x', 'd/x'], from: `http://${server.host}/` });
  });

  it('refuses a stream that would come from itself, and names the way', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('Stream-Pump-Over', 'b/x, a/x, c/x');
      response.write('bytes');
    });
    const error = await failureOf(taking(`http://${server.host}/`, { self: 'a/x' }).open());
    expect(error).toMatchObject({ code: 'loop', message: expect.stringContaining('a/x <- b/x <- a/x') });
    await until(() => server.open === 0);
  });

  it('refuses one that comes straight from itself', async () => {
    const server = await serve(
      (_request, response) => void response.setHeader('Stream-Pump-Over', 'a/x').write('bytes'),
    );
    expect(await failureOf(taking(`http://${server.host}/`, { self: 'a/x' }).open())).toMatchObject({ code: 'loop' });
  });

  it('keeps one connection alone, whatever it was asked to on the way', async () => {
    const server = await serve(({ headers, url = '' }, response) => {
      if (!headers.authorization) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' });
      else if (url === '/') response.writeHead(302, { Location: '/x' });
      else if (!/NSPlayer/.test(headers['user-agent'] ?? '')) response.writeHead(200, { Server: 'Rex/12.0' });
      else if (!headers.pragma?.includes('xPlayStrm')) return void response.socket?.end(readFileSync(WMS));
      response.write('and no end');
    });
    const feed = await taking(`http://u:p@${server.host}/`).open();
    expect(feed.says).toBe('asf');
    expect(server.came).toBeGreaterThan(5);
    await until(() => server.open === 1);
  });

  it.each([
    [404, 'upstream failed', /knows no such stream \(status 404\)/],
    [503, 'upstream failed', /no source now, or no room \(status 503\)/],
    [401, 'upstream failed', /wants other credentials/],
    [206, 'upstream failed', /no stream \(status 206\)/],
    [508, 'loop', /status 508/],
  ])('fails at status %i with a sentence', async (status, code, message) => {
    const server = await serve((_request, response) => response.writeHead(status).write('text'));
    const error = await failureOf(taking(`http://${server.host}/x`).open());
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    await until(() => server.open === 0);
  });

  it.each([
    ['text/plain; charset=utf-8', 'Say which: ?stream=NAME.\nMore.', /\(status 404\): Say which: \?stream=NAME\.$/],
    ['text/plain', 'red \u001b[31m\u202e', /\(status 404\): red  \[31m $/],
    ['text/plain', 'long '.repeat(100), /\(status 404\)$/],
    ['text/html', '<title>404</title>', /\(status 404\)$/],
  ])('tells what the server says of it in a line of plain text: %s %j', async (type, text, message) => {
    const server = await serve((_request, response) =>
      response.writeHead(404, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text),
    );
    expect(await sentence(taking(`http://${server.host}/x`).open())).toMatch(message);
  });

  it('does not wait for the words of a server that keeps them', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(404, { 'Content-Type': 'text/plain', 'Content-Length': 5 }).flushHeaders(),
    );
    const { open, means } = taking(`http://${server.host}/x`);
    const failing = sentence(open());
    await until(() => server.heads.length === 1);
    const step = setInterval(() => void means.clock.advance(100), 10);
    onTestFinished(() => clearInterval(step));
    expect(await failing).toMatch(/\(status 404\)$/);
  });

  it('says that there is no TLS where there is none', async () => {
    const server = await serve(say('plain'));
    expect(await sentence(taking(`https://${server.host}/x`).open())).toMatch(/^https:\S+ speaks no TLS: is it http/);
  });

  it('gives up on a server that does not answer within 10 s', async () => {
    const server = await serve(() => {});
    const { open, means } = taking(`http://${server.host}/`);
    const failing = sentence(open());
    await until(() => server.heads.length === 1);
    await means.clock.advance(10_000);
    expect(await failing).toMatch(/does not answer within 10 s/);
    await until(() => server.open === 0);
    expect(means.clock.waiting).toBe(0);
  });

  it('gives up on a server that describes the stream a byte at a time', async () => {
    const server = await serve((_request, response) => response.writeHead(200, { Server: 'Rex/12.0' }).write('$H'));
    const { open, means } = taking(`mmsh://${server.host}/`);
    const failing = sentence(open());
    await until(() => server.heads.length === 1 && means.clock.waiting === 1);
    await means.clock.advance(30_000);
    expect(await failing).toMatch(/takes longer than 30 s to open/);
    await until(() => server.open === 0);
  });

  it('says that nothing listens there', async () => {
    const server = await serve(() => {});
    await server.close();
    expect(await sentence(taking(`http://${server.host}/`).open())).toMatch(/refuses the connection: nothing listens/);
  });
});

describe('a pull from an old media server', () => {
  const raw = async (answer: string | Buffer) => {
    const server = await rawOrigin((socket) => socket.end(answer));
    opened.push(server);
    return `http://${server.host}/`;
  };

  it.each([
    ['no reason phrase', 'HTTP/1.0 200\r\nContent-type: x/y\r\n\r\nbytes'],
    ['bare line feeds', 'HTTP/1.0 200 OK\nContent-Type: x/y\n\nbytes'],
    ['keep-alive without a length', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\nbytes'],
    ['an unknown version', 'HTTP/1.2 200 OK\r\n\r\nbytes'],
    ['control and Latin-1 characters in a header', 'HTTP/1.0 200 OK\r\nicy-name: \u0001caf\u00e9\r\n\r\nbytes'],
    [
      'chunks and a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n0\r\n\r\n',
    ],
  ])('takes an answer with %s', async (_what, answer) => {
    expect(await textOf(await raw(Buffer.from(answer, 'latin1')))).toBe('bytes');
  });

  it.each(['ICY 200 OK\r\nicy-name: x\r\n\r\nmp3', 'SSH-2.0-OpenSSH_9.2\r\n'])(
    'says that %j is no HTTP',
    async (answer) => {
      expect(await sentence(taking(await raw(answer)).open())).toMatch(/does not answer in HTTP/);
    },
  );

  it('fails where the server promised more bytes than came', async () => {
    const feed = await taking(await raw('HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nbytes')).open();
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen).toMatchObject({ text: 'bytes', error: { message: expect.stringContaining('broke off') } });
  });
});

const WMS = new URL('../samples/mmsh-answers/synthetic-wms9-describe.response.bin', import.meta.url);

describe('a pull in the way of Windows Media', () => {
  async function mediaServer() {
    const server = await rawOrigin((socket, head) => {
      if (!/NSPlayer/.test(head))
        socket.end('HTTP/1.1 200 OK\r\nServer: Cougar/9.1\r\nContent-Type: video/x-ms-asf\r\n\r\n<ASX/>');
      else if (!head.includes('xPlayStrm=1')) socket.end(readFileSync(WMS));
      else socket.end('HTTP/1.0 200 OK\r\nContent-Type: application/x-mms-framed\r\nServer: Cougar/9.1\r\n\r\nframes');
    });
    opened.push(server);
    return server;
  }

  it.each([
    ['mmsh: as the scheme says', 'mmsh', {}],
    ['mms: as the scheme says', 'mms', {}],
    ['http: as the configuration says', 'http', { container: 'asf' }],
    ['http: as the answer to a plain request says', 'http', {}],
  ])('describes, then plays (%s)', async (_what, scheme, more) => {
    const server = await mediaServer();
    const feed = await taking(`${scheme}://${server.host}/x`, more).open();
    expect(feed.says).toBe('asf');
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen.text).toBe('frames');
    const [describe = '', play = ''] = server.heads.filter((head) => head.includes('NSPlayer'));
    for (const head of [describe, play]) {
      expect(head).toContain('\r\nStream-Pump-Over: here/stream');
      expect(head).toContain(`\r\nHost: ${server.host}\r\n`);
    }
    // Each in a line of its own, since servers read only as far as the comma or the line.
    expect(play.match(/\r\nPragma: /g)?.length).toBeGreaterThanOrEqual(4);
    expect(play).toContain('\r\nPragma: xPlayStrm=1\r\n');
    expect(server.came).toBe(server.heads.length);
    await until(() => server.open === 0);
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('are followed at status %i, relative ones too', async (status) => {
    const server = await serve(({ url }, response) => {
      if (url === '/a/b') response.writeHead(status, { Location: '../c?d=e' }).end();
      else response.end(`bytes of ${url}`);
    });
    expect(await textOf(`http://${server.host}/a/b`)).toBe('bytes of /c?d=e');
  });

  it('are followed to mmsh addresses, which are then asked in their way', async () => {
    const media = await serve((_request, response) => response.writeHead(503).end());
    const server = await serve((_request, response) =>
      response.writeHead(302, { Location: `mmsh://${media.host}/y` }).end(),
    );
    expect(await sentence(taking(`http://${server.host}/x`).open())).toMatch(/^mmsh:.*status 503/);
    expect(media.heads[0]).toMatch(/NSPlayer/);
  });

  it('that run in a circle are given up after five', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { Location: '/x' }).end());
    expect(await sentence(taking(`http://${server.host}/x`).open())).toMatch(/sends on more than 5 times/);
    expect(server.heads).toHaveLength(6);
    await until(() => server.open === 0);
  });

  it.each(['file:///etc/passwd', 'http+unix://%2Frun%2Fx.sock/', 'rtsp://a/b', 'http://'])(
    'to %s are refused',
    async (location) => {
      const server = await serve((_request, response) => response.writeHead(302, { Location: location }).end());
      expect(await sentence(taking(`http://${server.host}/x`).open())).toMatch(/cannot be pulled from/);
    },
  );

  it('take the credentials along to the same server, never to another', async () => {
    const wants: RequestListener = ({ headers, url }, response) => {
      if (!headers.authorization) response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      else if (url === '/here') response.writeHead(302, { Location: '/there' }).end();
      else if (url === '/there') response.writeHead(302, { Location: `http://${other.host}/` }).end();
    };
    const other = await serve(wants);
    const server = await serve(wants);
    expect(await sentence(taking(`http://u:secret@${server.host}/here`).open())).toMatch(/wants other credentials/);
    expect(server.heads.filter((head) => head.includes('/there') && /Authorization: Basic/.test(head))).toHaveLength(1);
    expect(other.heads.join()).not.toMatch(/authorization/i);
  });
});

describe('credentials of the address', () => {
  it('are shown as Basic when asked for, and only then', async () => {
    const server = await serve(({ headers }, response) => {
      if (headers.authorization) response.end(headers.authorization);
      else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
    });
    const expected = `Basic ${Buffer.from('me@home:p:ß').toString('base64')}`;
    expect(await textOf(`http://me%40home:p%3A%C3%9F@${server.host}/`)).toBe(expected);
    expect(server.heads[0]).not.toMatch(/authorization/i);
  });

  it('are proven by Digest, without the password on the wire', async () => {
    const server = await serve(({ headers, method = '', url = '' }, response) => {
      const lines = ['Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, opaque="o"', 'Basic realm="r"'];
      const said = headers.authorization ?? '';
      const field = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(said)?.[1] ?? '';
      const hash = (text: string) => createHash('sha256').update(text).digest('hex');
      const parts = [hash('me:r:secret'), 'n', field('nc'), field('cnonce'), 'auth', hash(`${method}:${url}`)];
      if (field('response') === hash(parts.join(':'))) response.end('bytes');
      else response.writeHead(401, { 'WWW-Authenticate': lines }).end();
    });
    expect(await textOf(`http://me:secret@${server.host}/x?y`)).toBe('bytes');
    expect(server.heads).toHaveLength(2);
  });

  it('are not offered twice when they are refused', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
    );
    const message = await sentence(taking(`http://me:secret@${server.host}/`).open());
    expect(message).toMatch(/wants other credentials/);
    expect(message).not.toContain('secret');
    expect(server.heads).toHaveLength(2);
  });
});

describe('several addresses', () => {
  const live = (text: string) => (_request: IncomingMessage, response: ServerResponse) => response.write(text);
  const broken: RequestListener = (_request, response) => response.writeHead(503).end();

  it('are tried in their order, and the first that works is taken', async () => {
    const first = await serve(broken);
    const empty = await serve(say(''));
    const third = await serve(live('third'));
    const fourth = await serve(live('fourth'));
    const { open } = taking([first, empty, third, fourth].map(({ host }) => `http://${host}/`));
    const feed = await open();
    expect(feed.from).toBe(`http://${third.host}/`);
    expect(fourth.came).toBe(0);
    await until(() => first.open + empty.open === 0);
  });

  it('are left alone by one that answers and then says nothing', async () => {
    const silent = await serve((_request, response) => response.flushHeaders());
    const second = await serve(live('second'));
    const { open, means } = taking([silent, second].map(({ host }) => `http://${host}/`));
    const opening = open();
    await until(() => silent.heads.length === 1 && means.clock.waiting === 1);
    await means.clock.advance(10_000);
    expect((await opening).from).toBe(`http://${second.host}/`);
    await until(() => silent.open === 0);
  });

  it('that all fail are told in one line with every reason', async () => {
    const first = await serve(broken);
    const second = await serve((_request, response) => response.writeHead(404).end());
    const message = await sentence(taking([first, second].map(({ host }) => `http://u:secret@${host}/`)).open());
    expect(message).toMatch(/^none of 2 addresses works: .*status 503\); .*status 404\)$/);
    expect(message).not.toContain('secret');
  });

  async function onTheSecond() {
    let healed = false;
    const first = await serve((request, response) =>
      healed ? live('first')(request, response) : broken(request, response),
    );
    const second = await serve(live('second'));
    const taken = taking([first, second].map(({ host }) => `http://${host}/`));
    const seen = reading((await taken.open()).bytes);
    await until(() => seen.text === 'second');
    return { ...taken, first, second, seen, heal: () => (healed = true) };
  }

  it('go back to the first when it has healed, without a pause', async () => {
    const { source, means, first, second, seen, heal, open } = await onTheSecond();
    await means.clock.advance(60_000);
    await until(() => first.heads.length === 2 && first.open === 0);
    expect(seen.ended).toBe(false);
    expect(source.afterwards).toBe('reopen');
    heal();
    await means.clock.advance(60_000);
    await seen.finished;
    expect(seen).toMatchObject({ ended: true, error: undefined });
    expect(source.afterwards).toBe('repeat');
    await until(() => second.open === 0);
    expect(second.came, 'the one that is read is not tried').toBe(1);
    const feed = await open();
    expect(feed.from).toBe(`http://${first.host}/`);
    expect(first.came).toBe(3);
    const again = reading(feed.bytes);
    await until(() => again.text === 'first');
    expect(source.afterwards).toBe('reopen');
    await means.clock.advance(120_000);
    await until(() => first.open === 1);
    expect(again).toMatchObject({ ended: false, error: undefined });
    expect(means.clock.waiting).toBe(0);
  });

  it('are no longer tried when the stream is stopped, nor is one that was just found kept open', async () => {
    const { means, first, second, seen, heal, stop } = await onTheSecond();
    heal();
    await means.clock.advance(60_000);
    await seen.finished;
    stop.abort();
    await until(() => first.open + second.open === 0);
    await means.clock.advance(120_000);
    expect(first.came).toBe(2);
    expect(means.clock.waiting).toBe(0);
  });

  it('are no longer tried when nobody reads any more, not even by an attempt under way', async () => {
    const first = await serve((_request, response) => void (first.heads.length === 1 && response.writeHead(503).end()));
    const second = await serve(live('second'));
    const { open, means } = taking([first, second].map(({ host }) => `http://${host}/`));
    const reader = (await open()).bytes[Symbol.asyncIterator]();
    await reader.next();
    await means.clock.advance(60_000);
    await until(() => first.heads.length === 2);
    await reader.return?.();
    await until(() => first.open + second.open === 0);
    await until(() => means.clock.waiting === 0);
  });

  it('let go of a healed one that nobody takes up', async () => {
    const { source, means, first, seen, heal } = await onTheSecond();
    heal();
    await means.clock.advance(60_000);
    await seen.finished;
    await means.clock.advance(10_000);
    await until(() => first.open === 0);
    expect(source.afterwards).toBe('reopen');
  });
});

describe('the options of a pull', () => {
  it.each([
    'http://a/',
    'https://a:1/x',
    'mmsh://a.example/x',
    'mms://[::1]:8080/',
    'http+unix://%2Frun%2Fpump.sock/streams/x',
  ])('take %s', (url) => expect(pull.schema.safeParse({ url }).success).toBe(true));

  it.each(['', 'a/b', 'ftp://a/', 'http://', 'http+unix://run/x', 'mmsh:x', `http://a/${'x'.repeat(3000)}`])(
    'refuse %j',
    (url) => expect(pull.schema.safeParse({ url }).success).toBe(false),
  );

  it('take up to 16 addresses', () => {
    expect(pull.schema.safeParse({ url: Array(16).fill('http://a/') }).success).toBe(true);
    expect(pull.schema.safeParse({ url: Array(17).fill('http://a/') }).success).toBe(false);
    expect(pull.schema.safeParse({ url: [] }).success).toBe(false);
  });
});
