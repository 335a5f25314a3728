// Pumps that feed pumps, over real sockets: what viewers at the end of a chain get, beside those at its beginning.

import { get, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asf } from './support/asf.ts';
import { mkv, scenes } from './support/matroska.ts';
import { frame, pushed, reason } from './support/mmsh.ts';
import { origin, until } from './support/origin.ts';
import { openPump, type Pump } from './support/pump.ts';
import { film as broadcast, radio, ts } from './support/ts.ts';

function encode(pump: Pump, contentType: string) {
  const headers = { 'Content-Type': contentType };
  const options = { port: pump.port, host: '127.0.0.1', method: 'PUT', path: '/streams/hall_push', headers };
  const encoder = request(options).on('error', () => {});
  onTestFinished(() => void encoder.destroy());
  return {
    send: (...bytes: Buffer[]) => void encoder.write(Buffer.concat(bytes)),
    /** switched off in the middle */
    breakOff: () => void encoder.destroy(),
  };
}

function watch(pump: Pump, headers: Readonly<Record<string, string>> = {}) {
  const chunks: Buffer[] = [];
  const seen = { length: 0, type: '', isOver: false, bytes: () => Buffer.concat(chunks) };
  const asking = get({ port: pump.port, host: '127.0.0.1', path: '/streams/hall?burst=60s', headers }, (answer) => {
    seen.type = answer.headers['content-type'] ?? '';
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      seen.length += chunk.length;
    });
    answer.on('close', () => (seen.isOver = true)).on('error', () => {});
  });
  asking.on('error', () => (seen.isOver = true));
  onTestFinished(() => void asking.destroy());
  return seen;
}

const pulling = (pump: Pump, scheme = 'http', more: object = {}) =>
  openPump([{ path: 'hall', type: 'pull', url: `${scheme}://127.0.0.1:${pump.port}/streams/hall?burst=60s`, ...more }]);

const live = async (pump: Pump) => {
  while ((await pump.status('hall')).state !== 'live');
};

/** what each viewer of a pump came by */
const wires = (pump: Pump) => pump.lines.filter(({ msg }) => msg === 'viewer came').map(({ wire }) => wire);

const settled = async (viewers: readonly { readonly length: number }[], atLeast: number) => {
  let before = -1;
  await until(() => viewers.every(({ length }) => length >= atLeast));
  // As long as bytes come at any of them.
  for (let now = 0; now !== before; ) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 150));
    now = viewers.reduce((sum, { length }) => sum + length, 0);
  }
};

const windows = asf().video(1).audio(2);
const packets = windows.packets(40, { stripped: true });
const film = mkv().video(1).audio(2);
const before = ts().tables().second(0).second(1000);
const whole = ts().tables().second(0).second(1000).second(2000).second(3000);
const NSPLAYER = { 'User-Agent': 'NSPlayer/12.0.7601.17514', Pragma: 'xPlayStrm=1' };

interface Case {
  readonly scheme: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly first: Buffer;
  readonly rest: Buffer;
  readonly wire: string;
}

const cases: Readonly<Record<string, Case>> = {
  'Windows Media, by MMSH': {
    scheme: 'mmsh',
    type: 'application/x-wms-pushstart',
    headers: NSPLAYER,
    first: pushed(windows.header(), packets.slice(0, 20)),
    rest: Buffer.concat(packets.slice(20).map((packet) => frame('D', packet))),
    wire: 'mmsh',
  },
  'Windows Media, by HTTP': {
    scheme: 'http',
    type: 'application/x-wms-pushstart',
    first: pushed(windows.header(), packets.slice(0, 20)),
    rest: Buffer.concat(packets.slice(20).map((packet) => frame('D', packet))),
    wire: 'asf',
  },
  'a transport stream': {
    scheme: 'http',
    type: 'video/mp2t',
    first: before.bytes,
    rest: whole.bytes.subarray(before.bytes.length),
    wire: 'mpegts',
  },
  Matroska: {
    scheme: 'http',
    type: 'video/x-matroska',
    first: Buffer.concat([film.header(), ...scenes(16, { open: true })]),
    rest: Buffer.concat(scenes(16, { open: true, fromMs: 640 })),
    wire: 'matroska',
  },
};

describe.each(Object.entries(cases))('%s', (_, { scheme, type, headers, first, rest, wire }) => {
  it('is the same to the byte at the end of a chain of three pumps', async () => {
    const one = await openPump([{ path: 'hall', type: 'push' }]);
    const encoder = encode(one, type);
    encoder.send(first);
    await live(one);
    const two = await pulling(one, scheme);
    const three = await pulling(two, scheme);
    await live(three);
    const viewers = [one, two, three].map((pump) => watch(pump, headers));
    await settled(viewers, 1000);
    encoder.send(rest);
    await settled(viewers, 1000);
    const [direct, ...others] = viewers.map(({ bytes }) => bytes());
    expect(direct?.length).toBeGreaterThan(0.9 * (first.length + rest.length));
    for (const bytes of others) expect(bytes.equals(direct ?? Buffer.alloc(0))).toBe(true);
    expect(viewers.map((viewer) => viewer.type)).toEqual(Array(3).fill(viewers[0]?.type));
    expect([one, two, three].map(wires)).toEqual([['link', wire], ['link', wire], [wire]]);
  });

  it('goes on at the end of a chain when the encoder comes again, as it does at its beginning', async () => {
    const one = await openPump([{ path: 'hall', type: 'push' }]);
    const encoder = encode(one, type);
    encoder.send(first);
    await live(one);
    const two = await pulling(one, scheme);
    await live(two);
    const viewers = [one, two].map((pump) => watch(pump, headers));
    await settled(viewers, 1000);
    encoder.breakOff();
    while ((await two.status('hall')).state !== 'lost');
    encode(one, type).send(first, rest);
    await settled(viewers, first.length + 1000);
    const [direct, other] = viewers.map(({ bytes }) => bytes());
    expect(other?.equals(direct ?? Buffer.alloc(0))).toBe(true);
    expect((await two.status('hall')).source.restarts).toBe(0);
  });
});

it('other tables are told at the end of a chain, where viewers can follow', async () => {
  const one = await openPump([{ path: 'hall', type: 'push' }]);
  const encoder = encode(one, 'video/mp2t');
  encoder.send(before.bytes);
  await live(one);
  const two = await pulling(one);
  await live(two);
  const viewers = [one, two].map((pump) => watch(pump));
  await settled(viewers, 1000);
  const other = ts({ programs: [radio], version: 1 }).tables();
  for (let ms = 0; ms < 2000; ms += 100) other.sound(ms, { pcr: other.ticks(ms) });
  encoder.send(other.bytes);
  await settled(viewers, before.bytes.length + 1000);
  const [direct, far] = viewers.map(({ bytes }) => bytes());
  expect(far?.equals(direct ?? Buffer.alloc(0))).toBe(true);
  expect((await two.status('hall')).source.restarts).toBe(0);
});

it('the end that an encoder says is the end for viewers at the end of a chain; a pump that stops is none', async () => {
  const one = await openPump([{ path: 'hall', type: 'push' }]);
  const encoder = encode(one, 'application/x-wms-pushstart');
  encoder.send(cases['Windows Media, by HTTP']?.first ?? before.bytes);
  await live(one);
  const two = await pulling(one);
  await live(two);
  const viewer = watch(two);
  await settled([viewer], 1000);
  encoder.send(frame('E', reason(0)));
  await until(() => viewer.isOver);

  const three = await openPump([{ path: 'hall', type: 'push' }]);
  encode(three, 'video/mp2t').send(before.bytes);
  await live(three);
  const four = await pulling(three);
  await live(four);
  const waiting = watch(four);
  await settled([waiting], 1000);
  await three.stop();
  while ((await four.status('hall')).state !== 'lost');
  const again = await openPump([{ path: 'hall', type: 'push' }], { http: { host: '127.0.0.1', port: three.port } });
  encode(again, 'video/mp2t').send(whole.bytes);
  await settled([waiting], before.bytes.length + 2000);
  expect(waiting.isOver).toBe(false);
  const times = references(waiting.bytes());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.length).toBeGreaterThan(12);
});

/** the clock references, in their order */
function references(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 188 <= bytes.length; at += 188) {
    const hasField = (bytes[at + 3] ?? 0) & 0x20 && (bytes[at + 4] ?? 0) > 0;
    if (hasField && (bytes[at + 5] ?? 0) & 0x10) found.push(bytes.readUInt32BE(at + 6));
  }
  return found;
}

it('who is no pump gets the plain stream from one, and a pump takes it from who is none', async () => {
  const server = await origin((_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'video/mp2t' });
    answer.write(before.bytes);
  });
  onTestFinished(() => server.close());
  const pump = await openPump([{ path: 'hall', type: 'pull', url: `http://${server.host}/anything` }]);
  await live(pump);
  expect(server.heads[0]).toMatch(/Accept: \*\/\*, application\/x-stream-pump-link; v=1/);
  const viewer = watch(pump, { Accept: '*/*' });
  const newer = watch(pump, { Accept: '*/*, application/x-stream-pump-link; v=2' });
  await settled([viewer, newer], 1000);
  expect([viewer.type, newer.type]).toEqual(['video/mp2t', 'video/mp2t']);
  expect(
    ts({ programs: [broadcast] })
      .tables()
      .bytes.subarray(0, 4),
  ).toEqual(viewer.bytes().subarray(0, 4));
});
