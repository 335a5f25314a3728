// A whole pump that tells where streams are multicast: those from elsewhere, which it does not receive, and those that it does.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { judge } from '../src/config.ts';
import { originalOffer, readAsOriginal } from './sdp/original-client.ts';
import { settle } from './support/clock.ts';
import { freeUdpPort, memberships, sender } from './support/datagrams.ts';
import { readGroup } from '../src/datagrams/group.ts';
import { withPrograms } from './support/programs.ts';
import { openPump } from './support/pump.ts';
import { payloadsOf, rtp } from './support/rtp.ts';
import { newFolder } from './support/folder.ts';

const FMTP = 'packetization-mode=1;sprop-parameter-sets=Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==,aO88gA==';
const ELSEWHERE = { path: 'cam', title: 'Camera', type: 'multicast', receive: false, ttl: 3 } as const;

const get = async (port: number, path: string, init?: RequestInit) => {
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: reply.status, body: await reply.text() };
};

test('a stream from elsewhere is told about and joined by nobody', async () => {
  const url = 'rtp://10.0.0.7@232.1.2.3:6004';
  const { port } = await openPump([{ ...ELSEWHERE, url, codec: 'h264', fmtp: FMTP }]);
  const { body } = await get(port, '/streams/cam.sdp');
  expect(body.split('\r\n').slice(2)).toEqual([
    's=Camera',
    'c=IN IP4 232.1.2.3/3',
    't=0 0',
    'a=recvonly',
    'a=source-filter: incl IN IP4 232.1.2.3 10.0.0.7',
    'a=type:broadcast',
    'm=video 6004 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    `a=fmtp:96 ${FMTP}`,
    '',
  ]);
  const answer = await get(port, '/offer', { method: 'POST', body: originalOffer() });
  expect(readAsOriginal(answer.body)).toEqual({ address: '232.1.2.3', port: 6004 });
  expect(await get(port, '/streams/cam')).toMatchObject({ status: 404, body: expect.stringContaining(url) });
  expect((await get(port, '/streams.m3u')).body).toContain(`http://127.0.0.1:${port}/streams/cam.sdp\n`);
  expect(await get(port, '/readyz')).toMatchObject({ status: 200 });
  if (process.platform === 'linux') expect(memberships({ address: '232.1.2.3', family: 4 })).toBe(0);
});

test('a stream that is sent to groups is told as being there, and of them that of the family that was asked for', async () => {
  const url = 'rtp://127.0.0.1:5004'; // one machine's own affair
  const multicastTo = [url, 'rtp://239.1.9.7:5004', { url: 'rtp://[ff15::9:7]:5006', ttl: 4 }];
  const { port } = await openPump([{ path: 'live', type: 'push', multicastTo }]);
  expect((await get(port, '/streams/live.sdp')).body).toContain('c=IN IP4 239.1.9.7/1\r\n');
  const body = originalOffer().replace('c=IN IP4 239.0.0.1', 'c=IN IP6 ff15::1');
  expect((await get(port, '/offer', { method: 'POST', body })).body).toContain('c=IN IP6 ff15::9:7\r\n');
});

test('what is told is told anew when the configuration is read anew, and received or no longer received', async () => {
  const port = await freeUdpPort();
  const here = { path: 'cam', type: 'multicast', url: `udp://127.0.0.1:${port}` } as const;
  const there = { ...ELSEWHERE, url: 'rtp://239.1.2.3:6004' };
  const pump = await openPump([there]);
  await pump.renew([{ ...there, url: 'rtp://239.1.2.4:6004', title: 'Other' }]);
  expect((await get(pump.port, '/streams/cam.sdp')).body).toMatch(/s=Other\r\nc=IN IP4 239\.1\.2\.4\/3\r\n/);

  await pump.renew([here]);
  expect((await get(pump.port, '/streams/cam.sdp')).status).toBe(404);
  const from = await sender({ family: 4, address: '127.0.0.1', port });
  while ((await pump.status('cam')).state !== 'live') await from.send(payloadsOf(200));

  await pump.renew([there]);
  expect(await pump.status('cam')).toMatchObject({ state: 'idle' });
  expect((await get(pump.port, '/streams/cam.sdp')).status).toBe(200);
  expect(pump.lines.filter(({ msg }) => msg === 'source failed')).toEqual([]);
});

const mistakes = (options: object) => {
  const judged = judge({ streams: [{ path: 'tv', type: 'multicast', ...options }] });
  return 'mistakes' in judged ? judged.mistakes : [];
};

test.each([
  [{ url: 'http://host/offer', receive: false }, 'url', 'the group itself'],
  [{ url: 'tv.sdp', source: '10.0.0.7' }, 'source', 'no sender: the SDP names it'],
  [{ url: 'rtp://239.0.0.1:1', codec: 'H264' }, 'codec', 'nothing, since what is received tells what it is'],
  [{ url: 'rtp://10.0.0.1:1', receive: false }, 'url', 'a multicast group, since others shall join it'],
  [{ url: 'udp://239.0.0.1:1', receive: false, codec: 'H264' }, 'url', `'rtp://…', since without RTP`],
  [{ url: 'rtp://239.0.0.1:1', receive: false, payloadType: 128 }, 'payloadType', 'a payload type from 0 to 127'],
  [{ url: 'rtp://239.0.0.1:1', receive: false, fmtp: 'a\r\nb' }, 'fmtp', 'one line such as'],
  [{ url: 'rtp://239.0.0.1:1', receive: false, multicastTo: 'rtp://239.0.0.2:1' }, 'multicastTo', 'nothing, since'],
  [{ url: 'rtp://239.0.0.1:1', ttl: 0 }, 'ttl', 'a TTL from 1 to 255'],
])('what cannot be is told: %j', (options, key, expected) => {
  expect(mistakes(options)).toEqual([expect.stringContaining(`streams[0].${key}: expected ${expected}`)]);
});

test('a stream is taken from where a file tells, in the payload type that this tells, if it can be taken at all', async () => {
  const port = await freeUdpPort();
  const folder = newFolder(onTestFinished);
  const url = join(folder, 'tv.sdp');
  const tell = (codec: string) =>
    writeFileSync(
      url,
      originalOffer().replaceAll('239.0.0.1', '127.0.0.1').replace('5004', String(port)).replace('H264', codec),
    );
  tell('H264');
  const pump = await openPump([{ path: 'tv', type: 'multicast', url }]);
  let { lastError } = (await pump.status('tv')).source;
  while (lastError === undefined) ({ lastError } = (await pump.status('tv')).source);
  expect(lastError).toBe(`${url} tells of H264, which cannot be taken: only MP2T can`);
  await pump.stop();

  tell('MP2T');
  const again = await openPump([{ path: 'tv', type: 'multicast', url }]);
  const from = await sender({ family: 4, address: '127.0.0.1', port });
  const payloads = payloadsOf(200);
  for (let n = 0; (await again.status('tv')).state !== 'live'; n += 1) {
    await from.send(rtp(payloads.slice(0, 10), { sequence: n * 10, ssrc: 5, payloadType: 33 }));
    await from.send(rtp(payloads.slice((n * 10) % 200, ((n * 10) % 200) + 10), { sequence: n * 10, payloadType: 96 }));
  }
  expect((await again.status('tv')).source).toMatchObject({
    arrivals: { payloadType: 96, refusals: { 'other payload': expect.any(Number) } },
  });
});

withPrograms('Announcements', ['multicast'], () => {
  test('are made of what everybody may watch, and of nothing else', async () => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    onTestFinished(() => void socket.close());
    socket.bind(9875, '224.2.127.254');
    await once(socket, 'listening');
    socket.addMembership('224.2.127.254', '127.0.0.1');
    const heard = new Set<string>();
    socket.on('message', (bytes) => heard.add(/^s=(.*)\r$/m.exec(bytes.toString())?.[1] ?? ''));
    const url = 'rtp://239.1.2.3:6004';
    const watch = { users: { guest: 'secret' } };
    await openPump(
      [
        { ...ELSEWHERE, path: 'secret', title: 'Secret', url, watch },
        { ...ELSEWHERE, path: 'near', title: 'Near', url, watch: { from: ['127.0.0.1'] } },
        { ...ELSEWHERE, path: 'off', title: 'Off', url, enabled: false },
        { ...ELSEWHERE, url },
      ],
      { announce: { interface: 'lo' } },
    );
    while (!heard.has('Camera')) await settle();
    expect([...heard]).toEqual(['Camera']);
  });
});

withPrograms('A group that somebody watches by its address', ['multicast'], () => {
  test('is not told to others', async () => {
    const { port } = await openPump([{ path: 'x', type: 'push' }], {
      relay: { groups: ['239.0.0.0/8'], interface: 'lo' },
    });
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const watching = fetch(`http://127.0.0.1:${port}/udp/239.1.9.8:1234`, { signal: stop.signal });
    watching.catch(() => {});
    while (memberships({ address: '239.1.9.8', family: 4 }) === 0) await settle();
    const { body } = await get(port, '/offer', { method: 'POST', body: originalOffer() });
    expect(body).toBe('No stream is multicast here.\n');
  });
});

withPrograms('A stream that is received from a group', ['multicast'], () => {
  test('is told on as what it turned out to be, and may itself be taken from where another pump tells', async () => {
    const group = readGroup(`udp://239.1.9.9:${await freeUdpPort()}`)!;
    const first = await openPump([
      { path: 'tv', type: 'multicast', url: `udp://239.1.9.9:${group.port}`, interface: 'lo', ttl: 2 },
    ]);
    expect((await get(first.port, '/streams/tv.sdp')).body).toContain(`m=video ${group.port} udp 33\r\n`);
    const from = await sender(group);
    const payloads = payloadsOf(200);
    let sequence = 0;
    const send = async () => {
      await from.send(rtp(payloads.slice(sequence % 200, (sequence % 200) + 10), { sequence }));
      sequence += 10;
    };
    while ((await first.status('tv')).state !== 'live') await send();
    const { body } = await get(first.port, '/streams/tv.sdp');
    expect(body).toContain(`c=IN IP4 239.1.9.9/2\r\n`);
    expect(body).toContain(`m=video ${group.port} RTP/AVP 33\r\n`);

    const url = `http://127.0.0.1:${first.port}/offer`;
    const second = await openPump([{ path: 'tv', type: 'multicast', url, interface: 'lo' }]);
    while ((await second.status('tv')).state !== 'live') await send();
    expect(await second.status('tv')).toMatchObject({ source: { url, remote: `rtp://239.1.9.9:${group.port}` } });
    expect(memberships(group)).toBe(2);
    await second.stop();
    await first.stop();
    expect(memberships(group)).toBe(0);
  });
});
