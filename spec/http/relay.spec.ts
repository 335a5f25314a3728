// Groups by their addresses: which addresses are understood, whom they are for, and what is said when nothing comes.

import { describe, expect, it } from 'vitest';
import { type Group, urlOf } from '../../src/datagrams/group.ts';
import type { Relay } from '../../src/http/stream.ts';
import { settle } from '../support/clock.ts';
import { type Fed, ask, clock, dial, feed, mannered, open, call } from './stage.ts';

/** A relay whose groups all have the same stream. */
function relaying(fed: Fed, more: Partial<Relay> = {}) {
  const opened: string[] = [];
  const relay: Relay = {
    groups: ['239.0.0.0/8', '232.0.0.0/8', 'ff15::/16'],
    watch: {},
    timeoutMs: 2000,
    contentType: 'video/mp2t',
    allowOrigin: '*',
    open: (group: Group) => (opened.push(urlOf(group)), fed.stream),
    ...more,
  };
  return { relay, opened };
}

it('is not joined for somebody who comes while the pump stops', async () => {
  const { relay, opened } = relaying(feed('group'));
  const { port, stop } = await open([], { relay });
  const late = await dial(port);
  late.say('GET /239.255.0.10/1234 HTTP/1.1\r\n');
  await settle();
  const stopped = stop();
  late.say('Host: pump.test\r\n\r\n');
  expect(await late.closed).toMatch(/^HTTP\/1\.1 503 /);
  await stopped;
  expect(opened).toEqual([]);
});

describe('an address of a group', () => {
  it.each([
    ['/239.255.0.10/1234', 'udp://239.255.0.10:1234'],
    ['/239.255.0.10', 'udp://239.255.0.10:1234'],
    ['/239.255.0.10/5000/', 'udp://239.255.0.10:5000'],
    ['/[ff15::1]/5000', 'udp://[ff15::1]:5000'],
    ['/%5Bff15::1%5D', 'udp://[ff15::1]:1234'],
    ['/ff15:0:0::1/5000', 'udp://[ff15::1]:5000'],
    ['/udp/239.255.0.10:5000', 'udp://239.255.0.10:5000'],
    ['/udp/239.255.0.10:5000/', 'udp://239.255.0.10:5000'],
    ['/UDP/10.0.0.7@232.1.1.1:5000?x=y', 'udp://10.0.0.7@232.1.1.1:5000'],
    ['/rtp/239.255.0.10:5004/', 'rtp://239.255.0.10:5004'],
    ['/rtp/[fd00::7]@[ff15::1]:5004', 'rtp://[fd00::7]@[ff15::1]:5004'],
    ['/rtp/%5Bff15::1%5D:5004', 'rtp://[ff15::1]:5004'],
  ])('is understood as udpxy, mcast2http and people write it: %s', async (path, url) => {
    const fed = feed('group');
    const { relay, opened } = relaying(fed);
    const { port } = await open([], { relay });
    fed.live();
    const viewer = await call(port, `GET ${path}`);
    await viewer.until('head');
    expect(opened).toEqual([url]);
    expect(viewer.text).toMatch(
      /^HTTP\/1\.1 200 [^]*Access-Control-Allow-Origin: \*\r\n[^]*Content-Type: video\/mp2t\r\n/,
    );
  });

  it.each([
    '/239.255.0/1234',
    '/239.255.0.10/0',
    '/239.255.0.10/99999',
    '/239.1.1.1/x',
    '/udp/',
    '/udp/example.org:1234',
    '/rtp/a@b',
  ])('that is none is told so: %s', async (path) => {
    const { relay, opened } = relaying(feed('group'));
    const { port } = await open([], { relay });
    expect(await ask(port, `GET ${path}`)).toMatch(/^HTTP\/1\.1 400 [^]*expected an address such as/);
    expect(opened).toEqual([]);
  });

  it.each([
    '/224.0.0.1/1234',
    '/127.0.0.1/8086',
    '/udp/10.0.0.1:1234',
    '/[::1]/1234',
    '/udp/[ff02::1]:1234',
    '/rtp/[::ffff:7f00:1]:80',
  ])('that is not relayed is refused, and what is no multicast always: %s', async (path) => {
    const { relay, opened } = relaying(feed('group'), { groups: ['239.0.0.0/8', '127.0.0.0/8', '10.0.0.0/8', '::1'] });
    const { port } = await open([], { relay });
    expect(await ask(port, `GET ${path}`)).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await ask(port, `GET ${path}`)).not.toMatch(/^HTTP\/1\.1 200/);
    expect(opened).toEqual([]);
  });

  it('is nothing where no relay is configured, and leaves all other addresses alone where one is', async () => {
    const { port } = await open([]);
    expect(await ask(port, 'GET /239.255.0.10/1234')).toMatch(/^HTTP\/1\.1 404 /);
    const { relay } = relaying(feed('group'));
    const { port: other } = await open([feed('hall')], { relay });
    for (const path of ['/favicon.ico', '/status', '/nothing/1234'])
      expect(await ask(other, `GET ${path}`)).toMatch(/ 404 /);
    expect(await ask(other, 'GET /')).toContain('/streams/hall');
  });
});

describe('a group', () => {
  it('from which nothing comes in time is not found; the viewer is told which', async () => {
    const fed = feed('group');
    const { relay } = relaying(fed);
    const { port } = await open([], { relay });
    const viewer = await call(port, 'GET /239.255.0.10/1234');
    await expect.poll(() => fed.channel.wanted).toBe(true);
    await clock.advance(1900);
    expect(viewer.text).toBe('');
    await clock.advance(100);
    expect(await viewer.until('\n\r\n')).toMatch(/^HTTP\/1\.1 404 [^]*Access-Control-Allow-Origin: \*\r\n/);
    expect(await viewer.until('now?')).toContain('Nothing comes from udp://239.255.0.10:1234');
  });

  it('costs nothing upstream to ask for by HEAD', async () => {
    const { relay, opened } = relaying(feed('group'), { contentType: 'video/mpeg', allowOrigin: 'http://a.example' });
    const { port } = await open([], { relay });
    expect(await ask(port, 'HEAD /239.255.0.10/1234')).toMatch(
      /^HTTP\/1\.1 200 [^]*Access-Control-Allow-Origin: http:\/\/a\.example\r\n[^]*Content-Type: video\/mpeg\r\n[^]*\r\n\r\n$/,
    );
    expect(await ask(port, 'OPTIONS /239.255.0.10/1234')).toMatch(
      /^HTTP\/1\.1 204 [^]*Access-Control-Allow-Methods: GET, HEAD\r\n/,
    );
    expect(opened).toEqual([]);
  });

  it('is for those who may watch alone', async () => {
    const { relay, opened } = relaying(feed('group'), { watch: { users: { ann: 'secret' } } });
    const { port } = await open([], { relay });
    for (const method of ['GET', 'HEAD'])
      expect(await ask(port, `${method} /239.255.0.10/1234`)).toMatch(/^HTTP\/1\.1 401 /);
    const far = relaying(feed('other'), { watch: { from: ['192.0.2.1'] } });
    const { port: other } = await open([], { relay: far.relay });
    expect(await ask(other, 'GET /239.255.0.10/1234')).toMatch(/^HTTP\/1\.1 403 /);
    expect([...opened, ...far.opened]).toEqual([]);
  });

  it('has the manners of its container where that has any, under the configured content type', async () => {
    const fed = feed('group');
    const { relay } = relaying(fed);
    const { port } = await open([], { relay, containers: [mannered] });
    fed.live();
    expect(await ask(port, 'GET /239.255.0.10/1234?burst=x')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
