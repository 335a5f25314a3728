// GET /api/events: what pages hear, and what it may cost the pump.

import { describe, expect, it } from 'vitest';
import type { All, Change } from '../../../src/http/api/told.ts';
import { type Client, ask, clock, feed, open, call } from '../stage.ts';

/** The front is stopped with the hand clock; a second of its is a tick. */
const tick = () => clock.advance(1000);

async function listen(port: number): Promise<Client> {
  const page = await call(port, 'GET /api/events', { Accept: 'text/event-stream' });
  await page.until('event: all');
  await page.until(/\n\n\r\n/);
  return page;
}

function heard(page: Client): { all: All[]; changes: Change[] } {
  const of = (name: string) =>
    [...page.text.matchAll(new RegExp(`event: ${name}\ndata: (.*)\n\n`, 'g'))].map(([, data = '']) => JSON.parse(data));
  return { all: of('all'), changes: of('change') };
}

/** How often it was described. */
function counted(path: string) {
  const count = { described: 0 };
  const fed = feed(path, { sentTo: () => ((count.described += 1), []) });
  return { ...fed, count };
}

describe('a page', () => {
  it('hears everything first, then what has changed', async () => {
    const hall = feed('hall', { title: 'The hall' });
    const { port } = await open([hall, feed('off', { enabled: false })]);
    const page = await listen(port);
    expect(page.text).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n/,
    );
    expect(page.text).toContain('retry: 1000');
    expect(heard(page).all).toEqual([
      expect.objectContaining({
        version: expect.any(String),
        nowMs: expect.any(Number),
        hasAdmin: false,
        streams: {
          hall: expect.objectContaining({ title: 'The hall', state: 'idle', viewers: 0 }),
          off: expect.objectContaining({ enabled: false }),
        },
      }),
    ]);

    hall.live();
    await tick();
    await page.until('event: change');
    hall.channel.lost('the encoder went');
    await tick();
    await page.until('went');

    const { all, changes } = heard(page);
    expect(all).toHaveLength(1);
    expect(changes.map(({ streams }) => streams)).toMatchObject([
      { hall: { state: 'live', container: 'toy' } },
      { hall: { state: 'lost', source: { lastError: 'the encoder went' } } },
    ]);
    expect(changes[0]?.streams).not.toHaveProperty('off');
    expect(changes.filter(({ isSample }) => isSample)).toHaveLength(1);
  });

  it('that comes later can draw the minutes before', async () => {
    const { port } = await open([feed('hall')]);
    for (let second = 0; second < 6; second += 1) await tick();
    const [all] = heard(await listen(port)).all;
    expect(all?.past).toEqual({ hall: { bitrate: [0, 0, 0], viewers: [0, 0, 0] } });
  });

  it('hears of streams that come and go', async () => {
    const streams = new Map([['a', feed('a').stream]]);
    const { port } = await open([], { streams });
    const page = await listen(port);
    streams.set('b', feed('b').stream);
    streams.delete('a');
    await tick();
    await page.until('event: change');
    expect(heard(page).changes[0]?.streams).toMatchObject({ a: null, b: { path: 'b' } });
  });

  it('is told the end when the pump stops', async () => {
    const { port, stop } = await open([feed('hall')]);
    const page = await listen(port);
    void stop();
    expect(await page.closed).toMatch(/0\r\n\r\n$/);
  });
});

describe('the pump', () => {
  it('looks once a second for all pages, and not at all for none', async () => {
    const { count, ...hall } = counted('hall');
    const { port } = await open([hall]);
    await tick();
    await tick();
    expect(count.described).toBe(0);
    const pages = [await listen(port), await listen(port), await listen(port)];
    expect(count.described).toBe(1);
    await tick();
    expect(count.described).toBe(2);
    for (const { socket } of pages) socket.destroy();
    await Promise.all(pages.map(({ closed }) => closed));
    await expect.poll(async () => (await tick(), count.described)).toBe(count.described);
    const before = count.described;
    await tick();
    expect(count.described).toBe(before);
  });

  it('lets go of a page that takes nothing, while others hear on', async () => {
    // More than the system keeps for a connection.
    const streams = new Map([['long', feed('long', { title: 'x'.repeat(24 << 20) }).stream]]);
    const { port } = await open([], { streams });
    const stuck = await call(port, 'GET /api/events');
    await stuck.until('event: all');
    stuck.socket.pause();
    streams.delete('long');
    await tick();
    const page = await listen(port);
    for (let second = 0; second < 20; second += 1) await tick();
    stuck.socket.resume();
    expect((await stuck.closed).endsWith('0\r\n\r\n')).toBe(false);
    await page.until('event: change');
    expect(heard(page).all).toHaveLength(1);
    expect(page.socket.destroyed).toBe(false);
  });

  it('tells a page everything anew that has missed something, and nobody else', async () => {
    const streams = new Map([['long', feed('long', { title: 'x'.repeat(24 << 20) }).stream]]);
    const { port } = await open([], { streams });
    const slow = await call(port, 'GET /api/events');
    await slow.until('event: all');
    slow.socket.pause();
    streams.set('long', feed('long', { title: 'y'.repeat(100_000) }).stream);
    await tick();
    const page = await listen(port);
    await tick();
    slow.socket.resume();
    const told = () => slow.text.split('event: all').length - 1;
    await expect.poll(() => tick().then(told), { interval: 300 }).toBe(2);
    await tick();
    expect(told()).toBe(2);
    await page.until('event: change');
    expect(heard(page).all).toHaveLength(1);
  });

  it('has so many pages listen and no more', async () => {
    const { port } = await open([feed('hall')]);
    await Promise.all(Array.from({ length: 200 }, () => listen(port)));
    expect(await ask(port, 'GET /api/events')).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 30\r\n/);
    expect(await ask(port, 'HEAD /api/events')).toMatch(/^HTTP\/1\.1 200 /);
  });
});
