// What a renewal does to streams that are read through the proxy, and to all others.

import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { handClock } from '../support/clock.ts';
import { freeUdpPort } from '../support/datagrams.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { listening } from '../support/listening.ts';
import { until } from '../support/origin.ts';
import { openPump, type Pump } from '../support/pump.ts';
import { encode, watch } from '../support/pushing.ts';
import { until as eventually } from '../support/stage.ts';

const isLive = (pump: Pump, path: string) =>
  eventually(`${path} is live`, async () => (await pump.status(path)).state === 'live');
const saysOf = (pump: Pump, stream: string) =>
  pump.lines.flatMap((line) => (line['stream'] === stream && typeof line['msg'] === 'string' ? line['msg'] : []));

it('another proxy is gone through at once, over which viewers stay; what is asked directly notices nothing', async () => {
  const origin = await openPump(['a', 'b'].map((path) => ({ path, type: 'push' })));
  await encode(origin, 'a');
  await encode(origin, 'b');
  const pull = (path: string, host: string) =>
    ({ path, type: 'pull', url: `mmsh://${host}:${origin.port}/streams/${path}` }) as const;
  const streams = [pull('a', 'media.example'), pull('b', '127.0.0.1')];
  const [one, other] = [await forwardProxy(), await forwardProxy()];
  const pump = await openPump(streams, { proxy: `http://${one.host}` });
  await isLive(pump, 'a');
  await isLive(pump, 'b');
  const viewer = await watch(pump, 'a');
  const { packets } = viewer;
  await pump.renew(streams, { proxy: `http://${other.host}` });
  await until(() => viewer.packets > packets);
  expect(viewer.frames).toBe('H D');
  expect(other.heads.length).toBeGreaterThan(0);
  await until(() => one.open === 0);
  expect((await pump.status('a')).source.restarts).toBe(1);
  expect((await pump.status('b')).source.restarts).toBe(0);
  expect(saysOf(pump, 'b')).not.toContain('source dropped');
});

it('where a group is, is asked through the proxy that there is then; who has found it listens on', async () => {
  const port = await freeUdpPort();
  const sdp = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=TV\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video ${port} RTP/AVP 33\r\n`;
  const told = createServer(({ url }, response) =>
    url === '/found.sdp' ? response.end(sdp) : response.writeHead(404).end(),
  );
  const at = `http://media.example:${await listening(told)}`;
  const streams = ['found', 'not'].map((path) => ({ path, type: 'multicast' as const, url: `${at}/${path}.sdp` }));
  const [one, other] = [await forwardProxy(), await forwardProxy()];
  const clock = handClock();
  const pump = await openPump(streams, { proxy: `http://${one.host}` }, clock);
  await until(() => saysOf(pump, 'found').includes('source opened') && saysOf(pump, 'not').includes('source failed'));
  await pump.renew(streams, { proxy: `http://${other.host}` });
  await clock.advance(2000);
  await until(() => other.heads.length > 0);
  expect(other.heads[0]).toContain('/not.sdp');
  expect(saysOf(pump, 'found')).not.toContain('source dropped');
});
