import { describe, expect, it } from 'vitest';
import { ask, dial, feed, mannered, open, request, openHall } from './stage.ts';

describe('an address', () => {
  it('where nothing is answers one line that tells where to look', async () => {
    const { port } = await open([feed('hall'), feed('off', { enabled: false })]);
    for (const path of [
      '/nothing',
      '/streams/',
      '/streams',
      '/api/nothing',
      '//x',
      '/streams/unknown',
      '/streams/off',
    ]) {
      const answer = await ask(port, `GET ${path}`);
      expect(answer).toMatch(
        /^HTTP\/1\.1 404 [^]*Content-Type: text\/plain; charset=utf-8\r\n[^]*\r\n\r\nThere is [^\n]*\n$/,
      );
    }
    expect(await ask(port, 'HEAD /nothing')).toMatch(/^HTTP\/1\.1 404 [^]*Content-Length: [1-9][^]*\r\n\r\n$/);
  });

  it('where nothing is leads elsewhere where that is configured, for readers alone', async () => {
    const { port } = await open([feed('hall')], { redirect404To: 'https://example.org/' });
    for (const line of ['GET /nothing', 'HEAD /nothing', 'GET /streams/unknown'])
      expect(await ask(port, line)).toMatch(/^HTTP\/1\.1 302 [^]*Location: https:\/\/example\.org\/\r\n/);
    for (const line of ['GET /api/streams/unknown', 'POST /nothing', 'PUT /streams/unknown_push'])
      expect(await ask(port, line)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it.each(['/streams/%', '/streams/%zz', '/%c3%28', '/api/streams/%e0%a4%a'])(
    'that cannot be read is refused: %s',
    async (path) => {
      const { port } = await open([feed('hall')]);
      expect(await ask(port, `GET ${path}`)).toMatch(/^HTTP\/1\.1 400 [^]*cannot be read/);
    },
  );

  it.each(['ftp://pump.test/', 'streams/hall', 'http:/x'])('that is no URL at all is refused: %s', async (url) => {
    const { port, lines } = await open([feed('hall')]);
    expect(await ask(port, `GET ${url}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('in the form that proxies use is understood', async () => {
    const { port } = await open([feed('hall')]);
    expect(await ask(port, 'GET http://pump.test:8086/healthz')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(port, 'GET http://[::1?x=y')).toMatch(/^HTTP\/1\.1 200 [^]*\/streams\/hall/);
  });

  it('tells the methods that it is for', async () => {
    const { port } = await open([feed('hall')]);
    expect(await ask(port, 'DELETE /streams/hall')).toMatch(
      /^HTTP\/1\.1 405 [^]*Allow: GET, HEAD, POST, PUT, OPTIONS\r\n[^]*is for GET, HEAD/,
    );
    expect(await ask(port, 'POST /healthz')).toMatch(/^HTTP\/1\.1 405 [^]*Allow: GET, HEAD\r\n/);
    expect(await ask(port, 'OPTIONS /healthz')).toMatch(/^HTTP\/1\.1 200 [^]*Allow: GET, HEAD\r\n/);
    expect(await ask(port, 'OPTIONS *')).toMatch(
      /^HTTP\/1\.1 200 [^]*Allow: GET, HEAD, POST, PUT, OPTIONS\r\n[^]*Content-Length: 0\r\n/,
    );
  });

  it('that was refused leaves the connection for the next request, when what came with it was short', async () => {
    const { port } = await open([feed('hall')]);
    const client = await dial(port);
    client.say(request('POST /nothing', {}, 'a few words') + request('GET /healthz'));
    expect(await client.until('ok\n')).toMatch(/^HTTP\/1\.1 404 [^]*HTTP\/1\.1 200 OK/);
  });
});

describe('a mistake of ours', () => {
  it('is told to nobody but the log', async () => {
    const { hall, port, lines } = await openHall();
    hall.channel.opened({ container: { ...mannered, tracks: explode }, from: 'spec', over: [] });
    hall.channel.take({ kind: 'header', bytes: Buffer.from('head') });
    const answer = await ask(port, 'GET /api/streams/hall');
    expect(answer).toMatch(/^HTTP\/1\.1 500 [^]*\r\n\r\nSomething went wrong in the pump: its log tells more\.\n$/);
    const line = lines.find(({ msg }) => msg === 'request failed');
    expect(line).toMatchObject({
      level: 50,
      url: '/api/streams/hall',
      err: { stack: expect.stringContaining('explode') },
    });
  });
});

function explode(): never {
  throw new TypeError('inner secrets');
}
