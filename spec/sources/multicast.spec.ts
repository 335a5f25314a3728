// A stream from datagrams, as it is read and as it goes through a pump: nothing changed, and nothing missed in silence.

import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { judge } from '../../src/config.ts';
import { type Group, readGroup } from '../../src/datagrams/group.ts';
import { multicast } from '../../src/sources/multicast.ts';
import { settle } from '../support/clock.ts';
import { freeUdpPort, listeners, memberships, type Sender, sender } from '../support/datagrams.ts';
import { failureOf, handMeans, until } from '../support/origin.ts';
import { withPrograms } from '../support/programs.ts';
import { openPump } from '../support/pump.ts';
import { payloadsOf, rtp, troubled } from '../support/rtp.ts';
import { writtenLog } from '../support/log.ts';

/** It alone tells who listens to what. */
const isLinux = process.platform === 'linux';
const hash = (bytes: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(bytes)).digest('hex');

function groupOf(url: string): Group {
  const group = readGroup(url);
  if (!group) throw new Error(`${url} is no group`);
  return group;
}

async function opened(url: string, options: Partial<Parameters<typeof multicast.create>[0]> = {}) {
  const { log, lines } = writtenLog({ level: 'debug' });
  const means = { ...handMeans(), log };
  const source = multicast.create({ url, ...options }, means);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const feed = await source.open(stop.signal);
  const got: Buffer[] = [];
  const losses: [string, number][] = [];
  const read = async () => {
    for await (const bytes of feed.bytes) got.push(bytes);
  };
  const reading = read().catch((error: unknown) => error);
  const came = (packets: number) => until(() => feed.arrivals?.().packets === packets);
  return { source, feed, got, losses, lines, stop, clock: means.clock, came, reading };
}

const payloads = payloadsOf(300);

describe('a stream from datagrams', () => {
  test.each(['bare', 'in RTP'])('that come one after the other (%s) is what was sent', async (way) => {
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const { feed, got, came } = await opened(url);
    await (await sender(groupOf(url))).send(way === 'bare' ? payloads : rtp(payloads));
    await came(300);
    await until(() => got.length === 300);
    expect(hash(got)).toBe(hash(payloads));
    expect(feed).toMatchObject({ from: url, says: 'mpegts' });
    expect(feed.ahead).toBeUndefined();
    expect(feed.arrivals?.()).toMatchObject({ bytes: 300 * 1316, lost: 0, refused: 0, dropped: 0 });
  });

  test.each([
    [1, '127.0.0.1'],
    [2, '127.0.0.1'],
    [3, '[::1]'],
  ])('over a bad network is put in order, and what it lost is counted (seed %i, %s)', async (seed, host) => {
    const url = `rtp://${host}:${await freeUdpPort()}`;
    const { feed, got, came, clock, losses } = await opened(url);
    feed.onLoss?.((what, count) => losses.push([what, count]));
    const sent = rtp(payloads);
    const { come, missing, behind } = troubled(sent, seed, { lost: 13, reordered: 20, duplicates: 11 });
    await (await sender(groupOf(url))).send(come);
    await came(300 - 13 + 11);
    await clock.advance(200);
    await until(() => got.length === 300 - 13);
    const gone = new Set(missing);
    expect(hash(got)).toBe(hash(payloads.filter((_, n) => !gone.has(sent[n] ?? Buffer.alloc(0)))));
    expect(feed.arrivals?.()).toMatchObject({ lost: 13, reordered: behind, duplicates: 11, late: 0, refused: 0 });
    expect(losses.reduce((sum, [, count]) => sum + count, 0)).toBe(13);
    expect(new Set(losses.map(([what]) => what))).toEqual(new Set(['packets']));
  });

  test('holds nothing when it was stopped, not even for one that is missing', async () => {
    const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
    const { stop, clock, came, reading } = await opened(url);
    await (await sender(groupOf(url))).send(rtp(payloads).slice(0, 10).toSpliced(5, 1));
    await came(9);
    expect(clock.waiting).toBe(2);
    stop.abort();
    await reading;
    expect(clock.waiting).toBe(0);
  });

  test('tells of what was lost before anybody asked', async () => {
    const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
    const { feed, clock, came, losses } = await opened(url);
    await (await sender(groupOf(url))).send(rtp(payloads).toSpliced(5, 2));
    await came(298);
    await clock.advance(200);
    feed.onLoss?.((what, count) => losses.push([what, count]));
    expect(losses).toEqual([['packets', 2]]);
  });

  test('leaves out what is no whole packets, and counts it', async () => {
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const { feed, got } = await opened(url);
    const torn = payloads.slice(0, 7).map((payload) => payload.subarray(0, 1315));
    await (await sender(groupOf(url))).send([...torn, ...rtp(torn), Buffer.from('noise'), ...payloads]);
    await until(() => got.length === 300);
    expect(hash(got)).toBe(hash(payloads));
    expect(feed.arrivals?.()).toMatchObject({ packets: 300, refused: 15, refusals: { 'other payload': 15 } });
  });

  test.runIf(isLinux)(
    'whose reader stands still is kept for him within a bound; what is beyond is counted',
    async () => {
      const url = `udp://127.0.0.1:${await freeUdpPort()}`;
      const stop = new AbortController();
      onTestFinished(() => stop.abort());
      const feed = await multicast.create({ url }, handMeans()).open(stop.signal);
      const losses: number[] = [];
      feed.onLoss?.((_, count) => losses.push(count));
      const from = await sender(groupOf(url));
      const count = 4000; // five megabytes
      for (let n = 0; n < count; n += 200) {
        await from.send(payloads.slice(0, 200));
        await until(() => feed.arrivals?.().packets === n + 200);
      }
      const dropped = feed.arrivals?.().dropped ?? 0;
      expect(dropped).toBe(count - Math.floor((4 * 1024 * 1024) / 1316));
      expect(losses.length).toBe(dropped);
      let read = 0;
      for await (const _ of feed.bytes) if ((read += 1) === count - dropped) break;
      expect(listeners(Number(url.split(':').at(-1)))).toBe(0);
    },
  );

  test('counts on when it was opened again', async () => {
    const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
    const first = await opened(url);
    const from = await sender(groupOf(url));
    await from.send(rtp(payloads.slice(0, 10)));
    await first.came(10);
    first.stop.abort();
    await first.reading;
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const again = await first.source.open(stop.signal);
    await from.send(rtp(payloads.slice(0, 10), { ssrc: 5, sequence: 7 }));
    await until(() => again.arrivals?.().packets === 20);
    expect(again.arrivals?.()).toMatchObject({ lost: 0, ssrc: 5 });
    await again.bytes[Symbol.asyncIterator]().return?.();
  });

  test('waits on when nothing came, but pauses before it looks for an interface again', async () => {
    const { source } = await opened(`udp://127.0.0.1:${await freeUdpPort()}`);
    expect(source.afterwards).toBe('wait');
    const lost = multicast.create({ url: 'udp://239.1.1.1:1234', interface: 'eth99' }, handMeans());
    expect(await failureOf(lost.open(new AbortController().signal))).toMatchObject({
      message: expect.stringContaining("no network interface 'eth99'"),
    });
    expect(lost.afterwards).toBe('reopen');
  });
});

describe('the options of a stream from datagrams', () => {
  const mistakes = (options: object) => {
    const judged = judge({ streams: [{ path: 'tv', type: 'multicast', ...options }] });
    return 'mistakes' in judged ? judged.mistakes : [];
  };

  test.each([
    { url: 'udp://239.0.0.1:1234' },
    { url: 'rtp://232.1.1.1:5004', source: '10.0.0.7', interface: 'eth1', buffer: '8 MiB', onDemand: true },
    { url: 'rtp://[fd00::7]@[ff35::1]:5004', container: 'mpegts' },
    { url: 'udp://@:1234' },
  ])('are good: %j', (options) => {
    expect(mistakes(options)).toEqual([]);
  });

  test.each([
    [{}, 'url', "an address such as 'udp://239.0.0.1:1234'"],
    [{ url: 'udp://239.0.0.1' }, 'url', 'an address such as'],
    [{ url: 'udp://239.0.0.1:1', source: 'x' }, 'source', "the address of a sender such as '10.0.0.7'"],
    [{ url: 'udp://239.0.0.1:1', interface: '' }, 'interface', 'the name of a network interface'],
    [{ url: 'udp://239.0.0.1:1', buffer: '1 KiB' }, 'buffer', 'a size from 64 KiB'],
    [{ url: 'udp://@:1', interface: 'eth1' }, 'interface', 'none, since 0.0.0.0 is no multicast group'],
    [{ url: 'udp://10.1.1.1:1', source: '10.0.0.7' }, 'source', 'no sender, since 10.1.1.1 is no multicast group'],
    [{ url: 'udp://10.0.0.7@10.1.1.1:1' }, 'url', 'no sender, since 10.1.1.1 is no multicast group'],
    [{ url: 'udp://[ff15::1]:1', source: '10.0.0.7' }, 'source', 'an IPv6 address of one sender'],
    [{ url: 'udp://239.0.0.1:1', source: 'fd00::1' }, 'source', 'an IPv4 address of one sender'],
    [{ url: 'udp://239.0.0.1:1', source: '239.0.0.2' }, 'source', 'an IPv4 address of one sender'],
    [{ url: 'udp://10.0.0.7@232.1.1.1:1', source: '10.0.0.7' }, 'source', 'the sender either in `url` or here'],
    [{ url: 'udp://239.0.0.1:1', container: 'asf' }, 'container', 'mpegts, since nothing else is taken from datagrams'],
  ])('are told where they cannot be: %j', (options, key, expected) => {
    expect(mistakes(options)).toEqual([expect.stringContaining(`streams[0].${key}: expected ${expected}`)]);
  });

  test('are checked once more where no configuration was', () => {
    expect(() => multicast.create({ url: 'udp://239.0.0.1:1', container: 'asf' }, handMeans())).toThrow(/mpegts/);
  });
});

describe('a pump that takes datagrams', () => {
  test('shows how they came, with the losses of the source', async () => {
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const pump = await openPump([{ path: 'tv', type: 'multicast', url }]);
    const from = await sender(groupOf(url));
    const { come } = troubled(rtp(payloads), 5, { lost: 4 });
    let seen = await pump.status('tv');
    while (!('arrivals' in seen.source)) {
      await from.send(come.slice(0, 3)); // it may not be listening yet
      await settle();
      seen = await pump.status('tv');
    }
    await from.send(come.slice(3));
    while (seen.source.losses?.packets !== 4) seen = await pump.status('tv');
    expect(seen).toMatchObject({
      state: 'live',
      container: 'mpegts',
      source: { url, remote: url, arrivals: { lost: 4, refused: 0, ssrc: 0x1234_5678, payloadType: 33 } },
    });
  });
});

describe('a viewer of a stream from datagrams', () => {
  test.runIf(isLinux)('receives what was sent, byte for byte', async () => {
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const pump = await openPump([{ path: 'tv', type: 'multicast', url }]);
    await until(() => listeners(groupOf(url).port) === 1);
    const from = await sender(groupOf(url));
    const leaving = new AbortController();
    onTestFinished(() => leaving.abort());
    const { come } = troubled(rtp(payloads), 7, { reordered: 30, duplicates: 30 });
    const [begin, end] = [60, 290];
    await from.send(come.slice(0, begin));
    const reply = await fetch(`http://127.0.0.1:${pump.port}/streams/tv`, { signal: leaving.signal });
    await from.send(come.slice(begin));
    // From one mark to another, both in the middle: he began before, and the last picture is not known to be whole yet.
    const marked = Buffer.concat(payloads.slice(begin, end));
    let got = Buffer.alloc(0);
    let at = -1;
    for await (const chunk of reply.body ?? []) {
      got = Buffer.concat([got, chunk]);
      at = got.indexOf(marked.subarray(0, 1316));
      if (at >= 0 && got.length >= at + marked.length) break;
    }
    expect(hash([got.subarray(at, at + marked.length)])).toBe(hash([marked]));
  });
});

withPrograms('A group', ['multicast'], () => {
  test.each([
    ['udp://239.1.3.1', undefined],
    ['rtp://[ff15::3:1]', undefined],
    ['udp://232.1.3.1', '127.0.0.1'],
    ['rtp://[ff35::3:1]', '::1'],
  ])('is taken from: %s of %s', async (host, source) => {
    const url = `${host}:${await freeUdpPort()}`;
    const { feed, got } = await opened(url, { interface: 'lo', ...(source !== undefined && { source }) });
    const group = groupOf(url);
    await (await sender(group)).send(host.startsWith('rtp') ? rtp(payloads) : payloads);
    await until(() => got.length === 300);
    expect(hash(got)).toBe(hash(payloads));
    expect(feed.from).toContain(source === undefined ? host : '@');
    expect(memberships(group)).toBe(1);
  });

  test('that is silent is joined again, every 5 s, with all that was counted', async () => {
    const url = `rtp://239.1.3.2:${await freeUdpPort()}`;
    const { feed, clock, lines, came } = await opened(url, { interface: 'lo' });
    const from = await sender(groupOf(url));
    await from.send(rtp(payloads.slice(0, 10)));
    await came(10);
    await clock.advance(5000);
    expect(lines).toEqual([]);
    await clock.advance(10_000);
    const [warning, debug] = [40, 20];
    expect(lines).toMatchObject([
      { msg: 'group is silent, joined again', from: url, level: warning },
      { msg: 'group is silent, joined again', from: url, level: debug },
    ]);
    expect(memberships(groupOf(url))).toBe(1);
    await from.send(rtp(payloads).slice(10, 20));
    await came(20);
    expect(feed.arrivals?.()).toMatchObject({ packets: 20, lost: 0 });
  });

  test('is joined only when somebody watches, and left with the pump', async () => {
    const url = `udp://239.1.3.3:${await freeUdpPort()}`;
    const group = groupOf(url);
    const pump = await openPump([{ path: 'tv', type: 'multicast', url, interface: 'lo', onDemand: true }]);
    expect(memberships(group)).toBe(0);
    const from = await sender(group);
    const leaving = new AbortController();
    const reply = fetch(`http://127.0.0.1:${pump.port}/streams/tv`, { signal: leaving.signal });
    await until(() => memberships(group) === 1);
    await from.send(payloads);
    expect((await reply).status).toBe(200);
    leaving.abort();
    await pump.stop();
    expect(memberships(group)).toBe(0);
  });

  test('is joined once for all who watch it', async () => {
    const url = `udp://239.1.3.4:${await freeUdpPort()}`;
    const group = groupOf(url);
    const pump = await openPump([{ path: 'tv', type: 'multicast', url, interface: 'lo' }]);
    await until(() => memberships(group) === 1);
    const from = await sender(group);
    await live(from, pump);
    const leaving = new AbortController();
    onTestFinished(() => leaving.abort());
    const all = Array.from({ length: 200 }, () =>
      fetch(`http://127.0.0.1:${pump.port}/streams/tv`, { signal: leaving.signal }),
    );
    const replies = await Promise.all(all);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await pump.status('tv')).toMatchObject({ viewers: 200 });
    expect([memberships(group), listeners(group.port)]).toEqual([1, 1]);
  });
});

async function live(from: Sender, pump: Awaited<ReturnType<typeof openPump>>): Promise<void> {
  await from.send(payloads.slice(0, 100));
  while ((await pump.status('tv')).state !== 'live') await settle();
}
