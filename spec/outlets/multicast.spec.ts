// What receivers of a stream get that is sent on in datagrams: over real sockets, by a clock that the spec drives.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import type { Container } from '../../src/containers/container.ts';
import { mpegts } from '../../src/containers/mpegts/index.ts';
import { multicastTo } from '../../src/datagrams/destination.ts';
import { readGroup, urlOf } from '../../src/datagrams/group.ts';
import { readRtp } from '../../src/datagrams/rtp.ts';
import { multicast } from '../../src/outlets/multicast.ts';
import { handClock, settle } from '../support/clock.ts';
import { freeUdpPort } from '../support/datagrams.ts';
import { heapUsed } from '../support/heap.ts';
import { framed, headers, units } from '../support/framing.ts';
import { until } from '../support/origin.ts';
import { withPrograms } from '../support/programs.ts';
import { HandSink } from '../support/sink.ts';
import { toyContainer } from '../support/toy.ts';
import { ts } from '../support/ts.ts';
import { writtenLog } from '../support/log.ts';

const film = ts().tables();
for (let second = 0; second < 4; second++) film.second(1000 * second, 25).tables();
const { parts } = framed(mpegts, film.bytes);
const [header = Buffer.alloc(0)] = headers(parts);
const RUN_MS = 40;

/** Whoever listens there. */
async function receiver(url: string) {
  const group = readGroup(url);
  if (!group) throw new Error(`${url} is no address`);
  const socket = createSocket({ type: `udp${group.family}`, reuseAddr: true });
  onTestFinished(() => void socket.close());
  const got: Buffer[] = [];
  socket.on('message', (datagram) => void got.push(datagram));
  socket.bind(group.port, group.address);
  await once(socket, 'listening');
  if (group.isMulticast) socket.addMembership(group.address, group.family === 4 ? '127.0.0.1' : '::%lo');
  return { got, packets: () => got.reduce((sum, { length }) => sum + Math.floor(length / 188), 0) };
}

function stage(written: Parameters<typeof multicastTo.parse>[0]) {
  const clock = handClock(5000);
  const { log, lines } = writtenLog();
  const limits = { backlogBytes: 1 << 20, delayMs: RUN_MS, slow: 'skip', graceMs: 1000 } as const;
  const channel = new Channel({ limits, clock, log });
  const [destination] = multicastTo.parse(written);
  if (!destination) throw new Error('nowhere');
  const outlet = multicast(channel, destination, { clock, log });
  const stop = new AbortController();
  const running = outlet.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  const live = (container: Container = mpegts, bytes = header) => {
    channel.opened({ container, from: 'here', over: [] });
    channel.take({ kind: 'header', bytes });
  };
  const all = units(parts);
  /** as in real time, each for as long as it lasts */
  const send = async (from = 0, to = all.length) => {
    for (const unit of all.slice(from, to)) {
      channel.take(unit);
      await clock.advance((4000 * unit.bytes.length) / film.bytes.length);
    }
  };
  const begun = () => until(() => lines.some(({ msg }) => msg === 'sending begins'));
  return { clock, lines, log, channel, outlet, stop, running, live, send, begun, all };
}

const bytesOf = (list: readonly { readonly bytes: Buffer }[]) => Buffer.concat(list.map(({ bytes }) => bytes));

describe('a stream that is sent on', () => {
  it('reaches its receivers byte for byte, seven packets in each datagram, as evenly as it came', async () => {
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const { got, packets } = await receiver(url);
    const { clock, live, send, begun, all, outlet } = stage(url);
    await begun();
    live();
    await clock.advance(10);
    const counts: number[] = [];
    for (let n = 0; n < all.length; n++) {
      await send(n, n + 1);
      counts.push(got.length);
    }
    await clock.advance(500);
    await until(() => packets() === bytesOf(all).length / 188);
    expect(Buffer.concat(got).equals(bytesOf(all))).toBe(true);
    expect(got.slice(0, -1).every(({ length }) => length === 7 * 188)).toBe(true);
    // A picture with its sound is a datagram or less; four of them are the most that a run may hold.
    const steps = counts.slice(20).map((count, n) => count - (counts[n + 19] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(3);
    expect(outlet.status()).toEqual({ url, bytes: bytesOf(all).length, datagrams: got.length, errors: 0 });
  });

  it('in RTP has numbers in order, the time of sending, and a marker where it begins', async () => {
    const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
    const { got } = await receiver(url);
    const { clock, live, send, begun, all, outlet } = stage(url);
    await begun();
    live();
    await clock.advance(10);
    await send();
    await clock.advance(500);
    await until(() => got.length === outlet.status().datagrams && outlet.status().bytes > bytesOf(all).length);
    const rtp = got.map((datagram) => readRtp(datagram));
    expect(Buffer.concat(rtp.map((packet) => packet?.payload ?? Buffer.alloc(0))).equals(bytesOf(all))).toBe(true);
    const [first] = rtp;
    expect(rtp.map((packet) => ((packet?.sequence ?? 0) - (first?.sequence ?? 0)) & 0xffff)).toEqual([...rtp.keys()]);
    expect(new Set(rtp.map((packet) => packet?.ssrc)).size).toBe(1);
    expect(new Set(rtp.map((packet) => packet?.payloadType))).toEqual(new Set([33]));
    expect(rtp.map((packet) => packet?.marker)).toEqual(rtp.map((_, n) => n === 0));
    const passed = (((rtp.at(-1)?.timestamp ?? 0) - (first?.timestamp ?? 0)) >>> 0) / 90;
    expect(passed).toBeGreaterThan(3800);
    expect(passed).toBeLessThan(4200);
  });

  it('is no viewer, and wants the stream all the same; it comes again when the stream does', async () => {
    const url = `rtp://127.0.0.1:${await freeUdpPort()}`;
    const { got } = await receiver(url);
    const { clock, live, send, begun, channel } = stage(url);
    await begun();
    expect(channel.wanted).toBe(true);
    live();
    await send(0, 100);
    expect(channel.status()).toMatchObject({ viewers: 0, viewersPeak: 0, viewersTotal: 0, bytesOut: 0 });
    expect(channel.wanted).toBe(true);
    channel.over();
    await clock.advance(100);
    expect(channel.status().departures).toEqual({});
    const before = got.length;
    live();
    await clock.advance(10);
    await send(100);
    await clock.advance(300);
    await until(() => got.length > before + 20);
    expect(got.map((datagram) => readRtp(datagram)?.marker).filter(Boolean)).toHaveLength(2);
  });

  it('may end and come again for years: nothing is kept of how it was before', async () => {
    const { live, begun, channel, stop } = stage('udp://127.0.0.1:9');
    await begun();
    const comeAndGo = async () => {
      for (let n = 0; n < 2000; n++) {
        live();
        await settle();
        channel.over();
        await settle();
      }
    };
    await comeAndGo();
    const before = heapUsed();
    await comeAndGo();
    expect(heapUsed() - before).toBeLessThan(1 << 20);
    stop.abort();
  });

  it('begins with what comes next, and does not send at once what viewers begin with', async () => {
    const { clock, live, lines, log, send, channel, all } = stage('udp://127.0.0.1:9');
    live();
    for (const unit of all.slice(0, -10)) channel.take(unit);
    await clock.advance(300);
    const url = `udp://127.0.0.1:${await freeUdpPort()}`;
    const { got } = await receiver(url);
    const late = multicast(channel, multicastTo.parse(url)[0] ?? never(), { clock, log });
    const stop = new AbortController();
    const running = late.run(stop.signal);
    await until(() => lines.some(({ to }) => to === url));
    await send(all.length - 10);
    await clock.advance(300);
    await until(() => got.length > 0 && late.status().datagrams === got.length);
    expect(Buffer.concat(got).equals(bytesOf(all.slice(-10)))).toBe(true);
    stop.abort();
    await running;
  });

  it('of another format is told in the log and in the status, and makes nobody open it', async () => {
    const { clock, live, begun, outlet, lines, channel } = stage('udp://127.0.0.1:9');
    await begun();
    live(toyContainer, Buffer.from('header'));
    await until(() => outlet.status().lastError !== undefined);
    expect(outlet.status()).toMatchObject({ lastError: expect.stringMatching(/^toy is not sent in datagrams/) });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'stream not sent', level: 40 }));
    expect(channel.wanted).toBe(false);
    channel.over();
    await clock.advance(5000);
    expect(channel.wanted).toBe(false);
    live();
    await clock.advance(1500);
    expect(outlet.status().lastError).toBeUndefined();
    expect(channel.wanted).toBe(true);
  });

  it('by an interface that is not there is tried again, and harms nobody', async () => {
    const url = 'udp://239.1.2.3:5004';
    const { clock, live, send, outlet, lines, channel } = stage({ url, interface: 'nowhere9' });
    live();
    const viewer = new HandSink();
    void channel.join(viewer, { wire: mpegts.wires[0], follows: true, burstMs: 0, address: '', agent: '' });
    await until(() => outlet.status().errors === 1);
    await send(0, 200);
    await clock.advance(6000);
    await until(() => outlet.status().errors >= 2);
    expect(outlet.status()).toMatchObject({
      url,
      datagrams: 0,
      lastError: expect.stringMatching(/no network interface 'nowhere9'/),
    });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'datagram not sent', to: url }));
    expect(viewer.text.length).toBeGreaterThan(0);
  });

  it('what the system does not take is counted', async () => {
    // nobody may send to everybody without saying so: EACCES
    const { clock, live, send, begun, outlet } = stage('udp://255.255.255.255:5004');
    await begun();
    live();
    await clock.advance(10);
    await send(0, 50);
    await clock.advance(300);
    await until(() => outlet.status().errors > 0);
    expect(outlet.status()).toMatchObject({ datagrams: 0, lastError: expect.stringMatching(/EACCES|ENETUNREACH/) });
  });
});

function never(): never {
  throw new Error('cannot be');
}

withPrograms('A stream that is sent to a group', ['multicast'], () => {
  it.each(['udp://239.1.2.3:5010', 'rtp://239.1.2.3:5012', 'udp://[ff15::77]:5014'])(
    'reaches all who have joined it: %s',
    async (url) => {
      const both = [await receiver(url), await receiver(url)];
      const { clock, live, send, begun, all, outlet } = stage({ url, interface: 'lo', ttl: 3 });
      await begun();
      live();
      await clock.advance(10);
      await send();
      await clock.advance(500);
      const whole = bytesOf(all);
      for (const { got, packets } of both) {
        await until(() => packets() === whole.length / 188);
        const payloads = got.map(
          (datagram) => (url.startsWith('rtp') ? readRtp(datagram)?.payload : datagram) ?? never(),
        );
        expect(Buffer.concat(payloads).equals(whole)).toBe(true);
      }
      expect(outlet.status().url).toBe(urlOf(readGroup(url) ?? never()));
    },
  );
});
