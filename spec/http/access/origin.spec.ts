// The address by which a client has reached the pump, as lists and pages tell it back.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../../../src/certificate.ts';
import { asf } from '../../../src/containers/asf/index.ts';
import { readCertificates } from '../../../src/http/certificate.ts';
import { ask, clock, dial, feed, open, request, silent } from '../stage.ts';
import { newFolder } from '../../support/folder.ts';

type Told = Readonly<Record<string, string>>;

const linkIn = (answer: string) => /^(\S+)\/streams\/a(?= )/m.exec(answer)?.[1];

/** What the pump's list begins with, asked for with these headers. */
async function base(headers: Told, trustProxy: readonly string[] = ['127.0.0.1']): Promise<string | undefined> {
  const { port } = await open([feed('a')], { trustProxy });
  return linkIn(await ask(port, 'GET /', headers));
}

describe('the address that a client has used', () => {
  it('is what it says, with no more than is needed', async () => {
    expect(await base({ Host: 'pump.example:8086' })).toBe('http://pump.example:8086');
    expect(await base({ Host: 'pump.example:80' })).toBe('http://pump.example');
    expect(await base({ Host: '[2001:db8::1]:8086' })).toBe('http://[2001:db8::1]:8086');
  });

  it('is the one that was called where it says none', async () => {
    const { port } = await open([feed('a')]);
    const client = await dial(port);
    client.say('GET / HTTP/1.0\r\n\r\n');
    expect(linkIn(await client.closed)).toBe(`http://127.0.0.1:${port}`);
  });

  it.each([
    'a b',
    'a"><script>',
    'evil/path',
    'user@host',
    'h:99999',
    'h:0',
    'h:',
    '[::1',
    '[1]',
    '-x',
    'x'.repeat(300),
    'é',
  ])('is asked for where it says %j, and that is never told back', async (host) => {
    const { port } = await open([feed('a')]);
    const client = await dial(port);
    client.say(Buffer.from(`GET /streams.m3u HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 'latin1'));
    const answer = await client.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*\r\n\r\nSend a Host header[^\r\n]*\n$/);
  });
});

describe('behind a proxy', () => {
  const forwarded = {
    Host: '127.0.0.1:8086',
    'X-Forwarded-For': '192.0.2.1',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'tv.example',
    'X-Forwarded-Prefix': '/tv/',
  };

  it('that is trusted, what it says counts', async () => {
    expect(await base(forwarded)).toBe('https://tv.example/tv');
    expect(await base({ ...forwarded, 'X-Forwarded-Port': '8443' })).toBe('https://tv.example:8443/tv');
    expect(await base({ ...forwarded, 'X-Forwarded-Host': 'tv.example:444' })).toBe('https://tv.example:444/tv');
    expect(await base({ Host: 'tv.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' })).toBe(
      'https://tv.example',
    );
  });

  it('that is not trusted, nothing of it counts', async () => {
    expect(await base({ ...forwarded, Forwarded: 'proto=https;host=b' }, [])).toBe('http://127.0.0.1:8086');
    expect(await base(forwarded, ['10.0.0.0/8'])).toBe('http://127.0.0.1:8086');
  });

  it('the standard header counts as well, unless the others are there', async () => {
    const Host = '127.0.0.1:8086';
    const standard = { Host, Forwarded: 'for="[2001:db8::1]:47011";proto=https;host="tv.example:8443";by=_x' };
    expect(await base(standard)).toBe('https://tv.example:8443');
    expect(await base({ ...standard, 'X-Forwarded-Prefix': '/a/b' })).toBe('https://tv.example:8443/a/b');
    expect(await base({ ...standard, 'X-Forwarded-For': '192.0.2.1' })).toBe('http://127.0.0.1:8086');
    expect(await base({ Host, Forwarded: 'FOR=192.0.2.1; PROTO=https; HOST=tv.example' })).toBe('https://tv.example');
  });

  it('and another one before that, the farthest that is trusted is believed, and no client before it', async () => {
    const told = {
      Host: 'inner',
      'X-Forwarded-For': '198.51.100.7, 192.0.2.1, 10.0.0.2',
      'X-Forwarded-Proto': 'gopher, https, http',
      'X-Forwarded-Host': 'evil.example, tv.example, inner.example',
    };
    expect(await base(told, ['127.0.0.1', '10.0.0.0/8'])).toBe('https://tv.example');
    const Forwarded = 'for=x;host=evil.example, for=192.0.2.1;host=tv.example;proto=https, for=10.0.0.2;host=inner';
    expect(await base({ Host: 'inner', Forwarded }, ['127.0.0.1', '10.0.0.0/8'])).toBe('https://tv.example');
  });

  it.each([
    { 'X-Forwarded-Host': 'a"><script>' },
    { 'X-Forwarded-Host': 'tv.example/path' },
    { 'X-Forwarded-Proto': 'javascript' },
    { 'X-Forwarded-Port': '99999' },
    { 'X-Forwarded-Prefix': '/a"><b' },
    { 'X-Forwarded-Prefix': '//evil.example' },
    { 'X-Forwarded-Prefix': '/../..' },
    { 'X-Forwarded-Prefix': `/${'x'.repeat(500)}` },
    { Forwarded: 'host="a\\"><b";proto="https://"' },
    { Forwarded: `host=${'x'.repeat(600)}` },
    { Forwarded: '"\\"\\"\\"' },
  ])('that says what cannot be, the rest counts: %j', async (told: Told) => {
    expect(await base({ Host: 'pump.example', ...told })).toBe('http://pump.example');
  });

  it('hostile headers are read in no time', async () => {
    const { port } = await open([feed('a')], { trustProxy: ['127.0.0.1'] });
    const before = performance.now();
    for (const piece of ['"\\', ';a="', ',for=', '"', ' ;', 'a=', ';a="\\"'])
      await ask(port, 'GET /', { Forwarded: piece.repeat(15_000 / piece.length) });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('whoever it passes on by the standard header is who he is', async () => {
    const far = feed('a', { watch: { from: ['192.0.2.0/24'] } });
    const { port } = await open([far], { trustProxy: ['127.0.0.1'] });
    const log = { 'X-Toy': 'log' };
    expect(await ask(port, 'POST /streams/a', { ...log, Forwarded: 'for="192.0.2.1:4711"' })).toMatch(
      /^HTTP\/1\.1 204 /,
    );
    expect(await ask(port, 'POST /streams/a', { ...log, Forwarded: 'for=192.0.2.1, for=198.51.100.1' })).toMatch(
      /^HTTP\/1\.1 403 /,
    );
  });
});

describe('a pump with TLS as well', () => {
  async function both() {
    const folder = newFolder(onTestFinished);
    const files = { cert: join(folder, 'pump.crt'), key: join(folder, 'pump.key') };
    const made = await makeCertificate(['localhost']);
    writeFileSync(files.cert, made.cert);
    writeFileSync(files.key, made.key);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const certificates = readCertificates(files, { clock, log: silent }, stop.signal);
    const https = { host: '127.0.0.1', port: 0, certificates };
    return open([feed('a', { container: asf })], { https, trustProxy: ['127.0.0.2'] });
  }
  const places = (answer: string) => [...answer.matchAll(/HREF="([^"]*)"/g)].map(([, url]) => url);

  it('tells the other way too, which not every player can go', async () => {
    const { port, tlsPort } = await both();
    const [plain, secure] = [`pump.test:${port}/streams/a`, `https://pump.test:${tlsPort}/streams/a`];
    expect(places(await ask(port, 'GET /streams/a.asx', { Host: `pump.test:${port}` }))).toEqual([
      `mms://${plain}`,
      `http://${plain}`,
      secure,
    ]);
    const client = await dial(tlsPort, { rejectUnauthorized: false });
    client.say(request('GET /streams/a.asx', { Host: `pump.test:${tlsPort}`, Connection: 'close' }));
    expect(places(await client.closed)).toEqual([secure, `mms://${plain}`, `http://${plain}`]);
  });

  it('does not where another port was called, behind which it need not be', async () => {
    const { port } = await both();
    expect(places(await ask(port, 'GET /streams/a.asx', { Host: 'pump.test:81' }))).toEqual([
      'mms://pump.test:81/streams/a',
      'http://pump.test:81/streams/a',
    ]);
  });
});
