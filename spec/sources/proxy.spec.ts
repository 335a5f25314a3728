import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import { bypassing } from '../../src/sources/proxy.ts';
import { pull } from '../../src/sources/pull.ts';
import { failureOf, handMeans, type Origin, origin, reading, serving, until } from '../support/origin.ts';
import { newFolder } from '../support/folder.ts';
import { forwardProxy } from '../support/forward-proxy.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of opened.splice(0)) await one.close();
});

async function tlsOrigin(): Promise<Origin> {
  const pems = await generate([{ name: 'commonName', value: 'media.example' }], { keySize: 2048 });
  const secure = createHttpsServer({ key: pems.private, cert: pems.cert }, (_request, response) =>
    response.end('in secret'),
  );
  const server = await serving(secure);
  opened.push(server);
  return server;
}

function take(url: string, proxy?: Origin, bypass: string[] = []) {
  const means = handMeans(proxy ? { proxy: () => ({ url: `http://me:secret@${proxy.host}`, bypass }) } : {});
  return pull.create({ url }, means).open(new AbortController().signal);
}

async function textOf(opening: ReturnType<typeof take>): Promise<string> {
  const seen = reading((await opening).bytes);
  await seen.finished;
  return seen.text;
}

const BASIC = `Basic ${Buffer.from('me:secret').toString('base64')}`;

describe('a pull through the proxy', () => {
  it('names the whole address, and shows the credentials of the proxy', async () => {
    const server = await origin((_request, response) => response.end('bytes'));
    opened.push(server);
    const proxy = await forwardProxy();
    expect(await textOf(take(`http://media.example:${server.port}/x`, proxy))).toBe('bytes');
    const host = `media.example:${server.port}`;
    expect(proxy.heads).toEqual([`GET http://${host}/x ${BASIC} ${host}`]);
  });

  it('goes through a tunnel where the address is https', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = await tlsOrigin();
    const proxy = await forwardProxy();
    expect(await textOf(take(`https://media.example:${server.port}/x`, proxy))).toBe('in secret');
    const host = `media.example:${server.port}`;
    expect(proxy.heads).toEqual([`CONNECT ${host} ${BASIC} ${host}`]);
    await until(() => proxy.open + server.open === 0);
  });

  it('says so when the proxy refuses the tunnel', async () => {
    const proxy = await forwardProxy(403);
    const error = await failureOf(take('https://media.example/x', proxy));
    expect(error).toMatchObject({ message: 'the proxy answers 403 when asked for media.example:443' });
    await until(() => proxy.open === 0);
  });

  it('is no way to this machine, nor to what is to be bypassed', async () => {
    const server = await origin((_request, response) => response.end('bytes'));
    opened.push(server);
    const proxy = await forwardProxy();
    expect(await textOf(take(`http://127.0.0.1:${server.port}/`, proxy))).toBe('bytes');
    expect(await failureOf(take('http://media.invalid/', proxy, ['.invalid']))).toBeInstanceOf(PumpError);
    expect(proxy.came).toBe(0);
  });
});

describe('a pull without a proxy', () => {
  it('refuses a certificate that it cannot check, with a sentence', async () => {
    const server = await tlsOrigin();
    const error = await failureOf(take(`https://127.0.0.1:${server.port}/`));
    expect(error).toMatchObject({ message: expect.stringMatching(/^https:.* shows a certificate/) });
    await until(() => server.open === 0);
  });

  it('gives up on a server that does not begin with TLS within 10 s, or when it is stopped', async () => {
    let greeted = 0;
    const server = await serving(createServer((socket) => socket.on('data', () => (greeted += 1))));
    opened.push(server);
    for (const stopped of [false, true]) {
      const means = handMeans();
      const stop = new AbortController();
      const url = `https://${server.host}/`;
      const failing = failureOf(pull.create({ url }, means).open(stop.signal));
      await until(() => greeted > 0);
      greeted = 0;
      if (stopped) stop.abort('stopped');
      else await means.clock.advance(10_000);
      const late = { message: `${url} does not answer within 10 s` };
      expect(await failing).toEqual(stopped ? 'stopped' : expect.objectContaining(late));
      await until(() => server.open === 0);
      expect(means.clock.waiting).toBe(0);
    }
  });

  it('takes https', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = await tlsOrigin();
    expect(await textOf(take(`https://127.0.0.1:${server.port}/`))).toBe('in secret');
    await until(() => server.open === 0);
  });

  it('takes another pump over its Unix socket', async () => {
    const path = join(newFolder(onTestFinished), 'pump.sock');
    const server = createHttpServer(({ url, headers }, response) => response.end(`${headers.host} ${url}`));
    server.listen(path);
    await once(server, 'listening');
    opened.push(server);
    expect(await textOf(take(`http+unix://${encodeURIComponent(path)}/streams/x?y`))).toBe('localhost /streams/x?y');
    expect(await failureOf(take('http+unix://%2Fnowhere%2Fx.sock/'))).toMatchObject({
      message: '/nowhere/x.sock does not exist',
    });
  });
});

describe('bypass rules', () => {
  const rules = bypassing(['Direct.example', '.lan', '10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
  it.each([
    'direct.example',
    'DIRECT.EXAMPLE.',
    'a.lan',
    'b.a.lan',
    'lan',
    '10.1.2.3',
    '192.0.2.7',
    '[2001:db8::5]',
    '::ffff:10.1.2.3',
  ])('%s is asked directly', (host) => expect(rules(host)).toBe(true));
  it.each(['localhost', 'x.localhost', '127.0.0.1', '127.9.9.9', '[::1]', '::ffff:127.0.0.1'])(
    '%s is this machine',
    (host) => expect(bypassing([])(host)).toBe(true),
  );
  it.each(['indirect.example', 'a.direct.example', 'plan', 'lan.example', '11.0.0.1', '192.0.2.8', '2001:db9::1'])(
    '%s goes through the proxy',
    (host) => expect(rules(host)).toBe(false),
  );
});
