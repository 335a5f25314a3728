// Bad input into a whole pump, from both sides at once: it answers, goes on, holds no more than it may, and the other
// streams' viewers notice nothing. Seeded, so that every run is the same.

import { request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { framed, sample, units } from './support/framing.ts';
import { asf } from '../src/containers/asf/index.ts';
import { rawOrigin, until } from './support/origin.ts';
import { numbers } from './support/numbers.ts';
import { openPump } from './support/pump.ts';

const BACKLOG_BYTES = 256 * 1024;
const limits = { backlog: BACKLOG_BYTES };
const good = sample('asf/push-start-and-end.bin');
/** Header and some packets: long enough for every rule, short enough for thousands. */
const start = good.subarray(0, 12_000);

/** A few bytes changed, a piece left out or said twice, a cut. */
function spoilt(bytes: Buffer, seed: number): Buffer {
  const next = numbers(seed);
  let result = Buffer.from(bytes);
  for (let changes = next(4) + 1; changes > 0; changes -= 1) {
    const at = next(next(2) ? result.length : 600);
    const length = next(64);
    const kind = next(4);
    if (kind === 0) result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    else if (kind === 1) result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
    else if (kind === 2) result = result.subarray(0, Math.max(1, at));
    else result[Math.min(at, result.length - 1)] = next(256);
  }
  return result;
}

/** Everything that came back until the other side closed. */
function exchange(port: number, ...bytes: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (more: string) => (text += more));
    socket.on('error', () => {}).on('close', () => resolve(text));
    for (const part of bytes) socket.write(part);
  });
}

const post = (path: string, length: number, ...lines: string[]) =>
  [
    `POST /streams/${path}_push HTTP/1.1`,
    'Host: spec',
    `Content-Length: ${length}`,
    'Connection: close',
    ...lines,
    '',
    '',
  ].join('\r\n');
const asEncoder = ['Content-Type: application/x-wms-pushstart', 'User-Agent: WMEncoder/12.0.7600.16385'];

/** A stream that goes on beside everything, and all that its viewer got of it. */
async function beside(port: number) {
  const encoder = request({ port, host: '127.0.0.1', method: 'POST', path: '/streams/calm_push' });
  encoder.on('error', () => {});
  onTestFinished(() => void encoder.destroy());
  const packets = units(framed(asf, good).parts).map(({ bytes }) => bytes);
  encoder.write(good.subarray(0, 4 + good.readUInt16LE(2)));
  let received = Buffer.alloc(0);
  const viewer: Socket = connect(port, '127.0.0.1');
  onTestFinished(() => void viewer.destroy());
  viewer.on('data', (more) => (received = Buffer.concat([received, more])));
  viewer.write(
    'GET /streams/calm?burst=0s HTTP/1.0\r\nUser-Agent: NSPlayer/7.10.0.3059\r\nPragma: xPlayStrm=1\r\n\r\n',
  );
  await until(() => received.length > 0);
  let sent = 0;
  return {
    send(): void {
      const bytes = packets[sent++ % packets.length] ?? Buffer.alloc(0);
      const head = Buffer.from([0x24, 0x44, 0, 0]);
      head.writeUInt16LE(bytes.length, 2);
      encoder.write(Buffer.concat([head, bytes]));
    },
    get sent() {
      return sent;
    },
    /** how many packets came through */
    received: () => units(framed(asf, received.subarray(received.indexOf('\r\n\r\n') + 4)).parts).length,
  };
}

it('thousands of spoilt pushes are answered, and a good one after each stream of them plays', {
  timeout: 60_000,
}, async () => {
  const paths = Array.from({ length: 8 }, (_, n) => `hot${n}`);
  const pump = await openPump([
    ...paths.map((path) => ({ path, type: 'push' as const, publish: { takeover: true }, limits })),
    { path: 'calm', type: 'push' as const },
  ]);
  const calm = await beside(pump.port);
  const answers: string[] = [];
  const push = async (path: string, seed: number) => {
    // Every fourth is a mere beginning, since those end in all places.
    const body = seed % 4 === 0 ? start.subarray(0, (seed * 7) % start.length) : spoilt(start, seed);
    const lines = seed % 2 === 0 ? asEncoder : [];
    answers.push(await exchange(pump.port, post(path, body.length, ...lines), body));
    if (seed % 100 === 0) calm.send();
  };
  await Promise.all(
    paths.map(async (path, n) => {
      for (let seed = n; seed < 2400; seed += paths.length) await push(path, seed);
    }),
  );
  expect(answers).toHaveLength(2400);
  const refused = answers.filter((answer) => !answer.startsWith('HTTP/1.1 204'));
  expect(refused.length).toBeGreaterThan(100);
  for (const answer of refused) expect(answer).toMatch(/^HTTP\/1\.1 4(00|13|15) [^]*\r\n\r\n[^\n]+\n$/);
  for (const path of paths) expect((await pump.status(path)).backlog.bytes).toBeLessThanOrEqual(BACKLOG_BYTES);
  for (const path of paths) {
    const encoder = connect(pump.port, '127.0.0.1').on('error', () => {});
    encoder.write(post(path, 2 ** 31 - 1, ...asEncoder));
    encoder.write(good.subarray(0, -8));
    const response = await fetch(`http://127.0.0.1:${pump.port}/streams/${path}`);
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString('hex', 0, 8)).toBe('3026b2758e66cf11');
    encoder.destroy();
  }
  await until(() => calm.received() === calm.sent);
  expect(pump.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

it('hundreds of servers that send rubbish are tried again and again, and a good one then plays', {
  timeout: 60_000,
}, async () => {
  let served = 0;
  const server = await rawOrigin((socket, head) => {
    const seed = served++;
    const next = numbers(seed);
    const answer = Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\nServer: Rex/12.0\r\n\r\n'), start]);
    if (head.startsWith('GET /healed')) socket.end(answer);
    else if (next(3) === 0) socket.end(answer.subarray(0, next(answer.length)));
    else socket.end(spoilt(answer, seed));
  });
  const path = (n: number) => (n === 0 ? 'healed' : `sick${n}`);
  const streams = Array.from({ length: 250 }, (_, n) => ({
    path: path(n),
    type: 'pull' as const,
    url: `${n % 2 ? 'http' : 'mmsh'}://${server.host}/${path(n)}`,
    limits,
  }));
  const pump = await openPump(streams);
  await until(() => served >= 1000);
  for (let n = 0; n < streams.length; n += 10) {
    const { backlog, source } = await pump.status(path(n));
    expect(backlog.bytes).toBeLessThanOrEqual(BACKLOG_BYTES);
    if (n > 0) expect(source.lastError).toMatch(/^[^\n]+$/);
  }
  expect((await pump.status('healed')).source.bytes).toBeGreaterThan(0);
  expect(pump.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
