// Groups that viewers name, as streams that come and go: one membership for all of them, left a while after the last.

import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { handClock } from '../support/clock.ts';
import { withPrograms } from '../support/programs.ts';
import { openPump, type Pump } from '../support/pump.ts';
import { ts } from '../support/ts.ts';

const film = ts().tables().second(0).bytes;
const relay = { groups: ['239.0.0.0/8'], groupsAtOnce: 2 };

/** A few datagrams of a stream. */
async function send(group: string, port = 1234): Promise<void> {
  const socket = createSocket('udp4');
  for (let at = 0; at < film.length; at += 7 * 188)
    await new Promise((sent) => socket.send(film.subarray(at, at + 7 * 188), port, group, sent));
  socket.close();
}

function watch(pump: Pump, path: string) {
  const socket = connect(pump.port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const viewer = { text: '', bytes: 0, leave: () => socket.destroy() };
  socket.on('data', (chunk: Buffer) => {
    viewer.bytes += chunk.length;
    viewer.text += viewer.text.length < 500 ? chunk.toString('latin1') : '';
  });
  socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
  return viewer;
}

/** As the kernel counts them: `users` of a group in /proc/net/igmp, the address in the machine's own byte order. */
function memberships(group: string): number {
  const word = group
    .split('.')
    .toReversed()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');
  const [, users = '0'] = new RegExp(`^\\s*${word}\\s+(\\d+)`, 'im').exec(readFileSync('/proc/net/igmp', 'utf8')) ?? [];
  return Number(users);
}

const pathsOf = async (pump: Pump): Promise<string[]> => {
  const answer = await fetch(`http://127.0.0.1:${pump.port}/api/streams`);
  const { streams } = (await answer.json()) as { streams: { path: string }[] };
  return streams.map(({ path }) => path);
};

withPrograms('a relay', ['multicast'], () => {
  test('joins a group once for 200 viewers, shows it, and leaves it a while after the last', async () => {
    const clock = handClock();
    const pump = await openPump([{ path: 'hall', type: 'push' }], { relay }, clock);
    const addresses = ['/239.255.0.10/1234', '/239.255.0.10', '/udp/239.255.0.10:1234', '/udp/239.255.0.10:1234/'];
    const viewers = Array.from({ length: 200 }, (_, n) => watch(pump, addresses[n % 4] ?? ''));
    await expect.poll(() => memberships('239.255.0.10')).toBe(1);
    await expect
      .poll(async () => {
        await send('239.255.0.10');
        await clock.advance(100);
        return viewers.filter(({ bytes }) => bytes > film.length / 2).length;
      })
      .toBe(200);
    expect(memberships('239.255.0.10')).toBe(1);
    expect(await pathsOf(pump)).toEqual(['hall', 'udp/239.255.0.10:1234']);
    expect(await pump.status('udp/239.255.0.10:1234')).toMatchObject({ state: 'live', viewers: 200 });
    await pump.renew([{ path: 'other', type: 'push' }], { relay });
    expect(await pump.status('udp/239.255.0.10:1234')).toMatchObject({ state: 'live', viewers: 200 });
    for (const viewer of viewers) viewer.leave();
    await expect.poll(async () => (await pump.status('udp/239.255.0.10:1234')).viewers).toBe(0);
    await clock.advance(9000);
    expect(memberships('239.255.0.10')).toBe(1);
    await clock.advance(2000);
    await expect.poll(() => memberships('239.255.0.10')).toBe(0);
    expect(await pathsOf(pump)).toEqual(['other']);
  });

  test('leaves a group at once from which nothing came, and listens to so many at a time', async () => {
    const clock = handClock();
    const pump = await openPump([{ path: 'hall', type: 'push' }], { relay }, clock);
    const silent = [watch(pump, '/239.255.0.11'), watch(pump, '/rtp/239.255.0.12:5004')];
    await expect.poll(() => memberships('239.255.0.11') + memberships('239.255.0.12')).toBe(2);
    const late = watch(pump, '/239.255.0.13');
    await expect.poll(() => late.text).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 30/);
    await clock.advance(2000);
    await expect.poll(() => silent.map(({ text }) => text.slice(0, 12))).toEqual(['HTTP/1.1 404', 'HTTP/1.1 404']);
    await clock.advance(1000);
    await expect.poll(() => memberships('239.255.0.11') + memberships('239.255.0.12')).toBe(0);
    expect(await pathsOf(pump)).toEqual(['hall']);
    watch(pump, '/239.255.0.13');
    await expect.poll(() => memberships('239.255.0.13')).toBe(1);
    await pump.stop();
    expect(memberships('239.255.0.13')).toBe(0);
  });
});
