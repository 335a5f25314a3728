// One pump, or a few, with real sockets: what only the whole can get wrong.

import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asf } from './support/asf.ts';
import { handClock } from './support/clock.ts';
import { frame, reason, pushed } from './support/mmsh.ts';
import { until } from './support/origin.ts';
import { openPump, type Pump, type Status } from './support/pump.ts';
import { watchRaw } from './support/raw-viewer.ts';
import { film, ts } from './support/ts.ts';
import { packet } from './support/ts-packet.ts';

const one = asf().video(1).audio(2);
const other = asf({ packetSize: 600 }).video(1, { width: 640 });

/** An encoder of a few lines, for a body that goes on until it is told to end. */
function encode(pump: Pump, path: string) {
  const options = { port: pump.port, host: '127.0.0.1', method: 'POST', path: `/streams/${path}_push` };
  const encoder = request(options).on('error', () => {});
  onTestFinished(() => void encoder.destroy());
  const answered = new Promise<number | undefined>((resolve) => encoder.on('response', (r) => resolve(r.statusCode)));
  return { send: (...bytes: Buffer[]) => void encoder.write(Buffer.concat(bytes)), answered };
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const watch = (pump: Pump, path: string, agent?: string) => {
  const viewer = watchRaw(`127.0.0.1:${pump.port}`, `/streams/${path}?burst=0s`, agent);
  onTestFinished(() => viewer.close());
  return viewer;
};

const pulling = (pump: Pump, path: string, more: object = {}) =>
  openPump([{ path, type: 'pull', url: `mmsh://127.0.0.1:${pump.port}/streams/${path}`, ...more }]);

describe('a chain of three pumps', () => {
  it('tells another header in the stream, all the way, to viewers who can follow; the others end', async () => {
    const first = await openPump([{ path: 'hall', type: 'push' }]);
    const encoder = encode(first, 'hall');
    encoder.send(pushed(one.header(), one.packets(5)));
    const second = await pulling(first, 'hall');
    const third = await pulling(second, 'hall');
    const follower = watch(third, 'hall', 'NSPlayer/12.0.7601.17514');
    const old = watch(third, 'hall', 'NSPlayer/7.10.0.3059');
    await until(() => follower.packets > 0 && old.packets > 0);
    const change = Buffer.concat([frame('E', reason(1)), frame('C', reason(0), other.header())]);
    encoder.send(change, ...other.packets(5).map((packet) => frame('D', packet)));
    await until(() => follower.frames === 'H D E1 C H D' && old.isOver);
    expect(old.frames).toBe('H D E0');
    expect((await third.status('hall')).source.restarts).toBe(0);
  });

  it('ends everywhere when the encoder says the end', async () => {
    const first = await openPump([{ path: 'hall', type: 'push' }]);
    const encoder = encode(first, 'hall');
    encoder.send(pushed(one.header(), one.packets(5)));
    const second = await pulling(first, 'hall');
    const viewer = watch(second, 'hall');
    await until(() => viewer.packets > 0);
    encoder.send(frame('E', reason(0)));
    await until(() => viewer.isOver);
    expect(viewer.frames).toBe('H D E0');
    expect(await encoder.answered).toBe(204);
  });
});

it('a source on demand is opened for the first viewer, who gets the stream in the same answer', async () => {
  const first = await openPump([{ path: 'hall', type: 'push' }]);
  const encoder = encode(first, 'hall');
  encoder.send(pushed(one.header(), one.packets(5)));
  const second = await pulling(first, 'hall', { onDemand: true });
  expect((await second.status('hall')).state).toBe('idle');
  expect((await first.status('hall')).viewers).toBe(0);
  const viewer = watch(second, 'hall');
  await until(() => viewer.packets > 0);
  expect((await second.status('hall')).state).toBe('live');
});

it('of a multiplex one program alone is a stream, and where it is not there the status says what is', async () => {
  const other = { ...film, number: 2, pmtPid: 0x1100, pcrPid: 0x200, streams: [{ type: 0x1b, pid: 0x200 }] };
  const multiplex = ts({ programs: [film, other] }).tables();
  for (let n = 0; n < 10; n++)
    multiplex
      .key(40 * n)
      .key(40 * n, { pid: 0x200 })
      .stuffing();
  const pump = await openPump([
    { path: 'two', type: 'push', program: 2 },
    { path: 'none', type: 'push', program: 3 },
    { path: 'all', type: 'push', limits: { dropNull: true } },
  ]);
  for (const path of ['two', 'none', 'all']) encode(pump, path).send(multiplex.bytes);
  const whose = async (path: string, is: (status: Status) => boolean, of = pump): Promise<Status> => {
    for (;;) {
      const status = await of.status(path);
      if (is(status)) return status;
    }
  };
  const { state, source } = await whose('none', (status) => status.source.lastError !== undefined);
  expect(state).toBe('opening');
  expect(source.lastError).toMatch(/^program 3 is not in this stream, which has programs 1, 2/);
  const hasBytes = (status: Status) => status.source.bytes > 0;
  expect((await whose('two', hasBytes)).tracks).toEqual([{ kind: 'video', codec: 'H.264', id: 0x200 }]);
  // of another pump as well, which would hand all of it on otherwise
  const address = `http://127.0.0.1:${pump.port}/streams/all`;
  const next = await openPump([{ path: 'two', type: 'pull', url: address, program: 2 }]);
  const pulled = await whose('two', (status) => status.tracks.length > 0, next);
  expect(pulled.tracks).toEqual([{ kind: 'video', codec: 'H.264', id: 0x200 }]);
  const pictures = 10 * 2 * 3;
  expect((await whose('all', hasBytes)).source.bytes).toBe(188 * pictures);
});

it('a transport stream reaches its viewers byte for byte', async () => {
  const mark = (n: number) => packet({ pid: 0x1234, payload: Buffer.from(`mark ${n}`) });
  const stream = ts().tables().second(0).raw(mark(1));
  for (let second = 1; second < 30; second++)
    stream
      .tables()
      .sdt({ 1: 'Film' })
      .second(1000 * second)
      .stuffing();
  stream.raw(mark(2)).key(30_000).key(30_040);
  const pump = await openPump([{ path: 'tv', type: 'push' }]);
  const encoder = encode(pump, 'tv');
  for (let at = 0; at < stream.bytes.length; at += 10_007) encoder.send(stream.bytes.subarray(at, at + 10_007));
  const watching = await fetch(`http://127.0.0.1:${pump.port}/streams/tv?burst=60s`);
  const got: Buffer[] = [];
  for await (const chunk of watching.body ?? []) {
    got.push(Buffer.from(chunk));
    if (Buffer.concat(got).includes(mark(2))) break;
  }
  const between = (all: Buffer) => all.subarray(all.indexOf(mark(1)), all.indexOf(mark(2)));
  const sent = between(stream.bytes);
  const received = between(Buffer.concat(got));
  expect(received.length).toBe(sent.length);
  expect(hash(received)).toBe(hash(sent));
});

it('what is sent on in datagrams opens a source on demand, and is no viewer', async () => {
  const first = await openPump([{ path: 'tv', type: 'push' }]);
  const encoder = encode(first, 'tv');
  const film = ts().tables();
  for (let second = 0; second < 20; second++) film.second(1000 * second);
  encoder.send(film.bytes);
  const heard = createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void heard.close());
  await once(heard, 'listening');
  const url = `http://127.0.0.1:${first.port}/streams/tv`;
  const to = `udp://127.0.0.1:${heard.address().port}`;
  const message = once(heard, 'message');
  const second = await openPump([{ path: 'tv', type: 'pull', url, onDemand: true, multicastTo: to }]);
  const [datagram] = await message;
  expect(datagram).toHaveLength(7 * 188);
  expect(await second.status('tv')).toMatchObject({ state: 'live', viewers: 0, sentTo: [{ url: to, errors: 0 }] });
});

it('a pump that stops says the end to its viewers, and lets go of everything', async () => {
  const pump = await openPump([
    { path: 'hall', type: 'push' },
    { path: 'off', type: 'push', enabled: false },
  ]);
  const encoder = encode(pump, 'hall');
  encoder.send(pushed(one.header(), one.packets(5)));
  const viewer = watch(pump, 'hall');
  await until(() => viewer.packets > 0);
  expect((await fetch(`http://127.0.0.1:${pump.port}/streams/off`)).status).toBe(404);
  await pump.stop();
  await until(() => viewer.isOver);
  expect(viewer.frames).toBe('H D E0');
  expect(pump.lines.find(({ msg }) => msg === 'viewer left')).toMatchObject({ reason: 'stopping', stream: 'hall' });
});

it('leaves nothing waiting where the access log cannot be written', async () => {
  const clock = handClock();
  const pump = openPump([{ path: 'hall', type: 'push' }], { accessLog: { file: '/nowhere/access.log' } }, clock);
  await expect(pump).rejects.toThrow('cannot be written');
  expect(clock.waiting).toBe(0);
});

it('a dozen who wait for a stream are no reason for a warning', async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const pump = await openPump([{ path: 'hall', type: 'push' }]);
  const viewers = Array.from({ length: 12 }, () => watch(pump, 'hall'));
  encode(pump, 'hall').send(pushed(one.header(), one.packets(5)));
  await until(() => viewers.every(({ packets }) => packets > 0));
  expect(warnings).toEqual([]);
});
