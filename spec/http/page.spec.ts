// The page as it is handed out: `npm run build` has made it.

import { describe, expect, it } from 'vitest';
import { ask, feed, open } from './stage.ts';

/** As Chromium asks for a page. */
const browser = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';";

const header = (answer: string, name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1];
const addresses = (page: string) => [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);

describe('/', () => {
  it('is a page for browsers, and plain lines for curl and scripts', async () => {
    const { port } = await open([feed('hall')]);
    const page = await ask(port, 'GET /', browser);
    expect(page).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Type: text\/html; charset=utf-8\r\n[^]*<title>Stream Pump/);
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'text/plain' }]) {
      const list = await ask(port, 'GET /', headers);
      expect(list).toMatch(/Content-Type: text\/plain[^]*\r\n\r\nhttp:\/\/pump\.test\/streams\/hall {2}idle\n$/);
      expect(header(list, 'Vary')).toContain('Accept');
    }
    expect(await ask(port, 'HEAD /', browser)).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n$/);
  });

  it('lets the page load from this pump alone, in no frame, and tells no other site of it', async () => {
    const { port } = await open([]);
    const page = await ask(port, 'GET /', browser);
    expect(header(page, 'Content-Security-Policy')).toContain(CSP);
    expect(header(page, 'Content-Security-Policy')).toContain("frame-ancestors 'none'");
    expect(header(page, 'Referrer-Policy')).toBe('no-referrer');
    expect(header(page, 'X-Content-Type-Options')).toBe('nosniff');
  });

  it('names nothing by an address that a prefix would break', async () => {
    const { port } = await open([]);
    const used = addresses(await ask(port, 'GET /', browser));
    expect(used.length).toBeGreaterThan(5);
    for (const address of used) expect(address).toMatch(/^(?:#|page\/|api\/|streams\.)/);
  });

  it('is asked for again and again, and sent when it has changed', async () => {
    const { port } = await open([]);
    const page = await ask(port, 'GET /', browser);
    expect(header(page, 'Cache-Control')).toBe('no-cache');
    const again = await ask(port, 'GET /', { ...browser, 'If-None-Match': header(page, 'ETag') ?? '' });
    expect(again).toMatch(/^HTTP\/1\.1 304 /);
  });
});

describe('what the page is made of', () => {
  it('is small, gzipped, and kept by browsers for ever', async () => {
    const { port } = await open([]);
    const files = addresses(await ask(port, 'GET /', browser)).filter((address) => address.startsWith('page/'));
    const sizes = await Promise.all(
      [...new Set(files)].map(async (file) => {
        const answer = await ask(port, `GET /${file}`, { 'Accept-Encoding': 'gzip, deflate, br' });
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        expect(header(answer, 'Cache-Control')).toBe('public, max-age=31536000, immutable');
        expect(header(answer, 'Content-Encoding')).toBe('gzip');
        expect(file).toMatch(/-[A-Za-z0-9]{8}\.\w+$/);
        return answer.length;
      }),
    );
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(50_000);
    const plain = await ask(port, `GET /${files[0]}`);
    expect(header(plain, 'Content-Encoding')).toBeUndefined();
  });

  it('comes with the licences of what others wrote', async () => {
    const { port } = await open([]);
    const file = addresses(await ask(port, 'GET /', browser)).find((address) => address.includes('licences'));
    const licences = await ask(port, `GET /${file}`);
    for (const name of ['mpegts.js', 'uplot', 'Apache License', 'MIT']) expect(licences).toContain(name);
  });

  it('is all that is served, whatever is asked for, and nobody is sent elsewhere for it', async () => {
    const { port } = await open([feed('hall')], { redirect404To: 'http://elsewhere.example/' });
    const names = ['page/index.html', 'page/gone-12345678.js', 'page/..%2Fmain.js', 'page/../main.js', 'page/'];
    for (const name of names)
      expect(await ask(port, `GET /${name}`, browser), name).toMatch(/^HTTP\/1\.1 (?:404|302) (?![^]*<html)/);
    expect(await ask(port, 'GET /page/gone-12345678.js')).toMatch(/^HTTP\/1\.1 404 [^]*load it again/);
    expect(await ask(port, 'GET /', browser)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(port, 'GET /nothing', browser)).toMatch(/^HTTP\/1\.1 302 /);
  });
});
