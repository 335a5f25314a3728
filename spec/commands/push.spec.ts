// The encoder against the pump itself: what goes in at one end comes out at the other.

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { Encoder } from '../../src/commands/encoder.ts';
import { push } from '../../src/commands/push.ts';
import { judge } from '../../src/config.ts';
import { asf as container } from '../../src/containers/asf/index.ts';
import type { Part } from '../../src/containers/container.ts';
import { matroska } from '../../src/containers/matroska/index.ts';
import { runPump } from '../../src/pump.ts';
import { readAddress } from '../../src/sources/address.ts';
import { asf } from '../support/asf.ts';
import { framed, headers, units } from '../support/framing.ts';
import { mkv, scenes } from '../support/matroska.ts';
import { framesOf, lettersOf, pushServer } from '../support/push-server.ts';
import { putServer } from '../support/put-server.ts';
import { newFolder } from '../support/folder.ts';
import { silent } from '../support/log.ts';

const log = silent;
const film = asf({ flags: 2 }).video(1).audio(2);

async function pump(publish: object = {}, more: object = {}): Promise<string> {
  const http = { host: '127.0.0.1', port: 0 };
  const judged = judge({ http, streams: [{ path: 'hall', type: 'push', publish, limits: { burst: '0s' }, ...more }] });
  if (!('config' in judged)) throw new Error(judged.mistakes.join());
  const stop = new AbortController();
  const listening = new Promise<string>((resolve) => {
    const told = ([first]: readonly { url: string }[]) => resolve(first?.url ?? '');
    const running = runPump(judged.config, { log, told }, stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await running;
    });
  });
  return listening;
}

function encoderTo(url: string, options: { bodyBytes?: number } = {}): Encoder {
  const to = readAddress(url);
  if (!to) throw new Error('an address');
  const encoder = new Encoder({ to, clock: realClock, log, ...options }, new AbortController().signal);
  encoder.accept(container);
  return encoder;
}

const unit = (bytes: Buffer): Part => ({ kind: 'unit', bytes, join: false });

describe('a push into the pump', () => {
  it.each([
    ['in one request', {}, {}],
    ['in many requests with filler, after giving a password', { users: { bob: 'secret' } }, { bodyBytes: 2000 }],
  ])('is what its viewers get, whole packets again (%s)', async (_, publish, options) => {
    const url = await pump(publish);
    const encoder = encoderTo(`${url.replace('://', '://bob:secret@')}streams/hall_push`, options);
    const packets = film.packets(40);
    const [first, ...rest] = packets;
    await encoder.take({ kind: 'header', bytes: film.header() });
    if (first) await encoder.take(unit(first));
    const watching = await fetch(`${url}streams/hall`);
    for (const packet of rest) await encoder.take(unit(packet));
    await encoder.end();
    const seen = framed(container, Buffer.from(await watching.arrayBuffer()));
    const sent = framed(container, Buffer.concat([film.header(), ...packets]));
    expect(headers(seen.parts)).toEqual(headers(sent.parts));
    expect(units(seen.parts).map(({ bytes }) => bytes)).toEqual(packets);
  });

  it('into a stream that somebody pushes is refused with the sentence of the pump', async () => {
    const url = `${await pump()}streams/hall_push`;
    const first = encoderTo(url);
    await first.take({ kind: 'header', bytes: film.header() });
    onTestFinished(() => first.end());
    const refused = encoderTo(url).take({ kind: 'header', bytes: film.header() });
    await expect(refused).rejects.toThrow(/answers 409: .*another.*pushing/);
  });
});

describe('the command', () => {
  const DEMO = new URL('../../demo/demo.webm', import.meta.url).pathname;

  async function saved(name: string, bytes: Buffer): Promise<string> {
    const folder = newFolder(onTestFinished);
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  const film5 = () => saved('film.asf', Buffer.concat([film.header(), ...film.packets(5)]));

  function run(positionals: string[], values = {}, signal = new AbortController().signal) {
    const told = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    onTestFinished(() => told.mockRestore());
    return { ended: push.run({ values, positionals, log }, signal), told };
  }

  it('sends a file as a live stream, and says how much it was', async () => {
    const server = await pushServer();
    const { ended, told } = run([await film5(), server.url]);
    await ended;
    const body = server.starts[0]?.body ?? Buffer.alloc(0);
    expect(lettersOf(body)).toBe('HDDDDDE');
    const [header] = framesOf(body);
    expect(header?.body.readUInt32LE(30 + 88)).toBe(1); // File Properties come first here: broadcast, not seekable
    expect(told.mock.calls.flat().join('')).toMatch(/^sent 1\.\d kB, 0:00\n$/);
  });

  it('goes on after the last packet with the first, its times carried on, until it is stopped', async () => {
    const server = await pushServer();
    const stop = new AbortController();
    const { ended } = run([await film5(), server.url], { loop: true }, stop.signal);
    await server.has(1, 5000);
    stop.abort();
    await ended;
    const frames = framesOf(server.starts[0]?.body ?? Buffer.alloc(0));
    expect(frames.map(({ letter }) => letter).join('')).toMatch(/^HD{12,}E$/);
    const times = framed(container, server.starts[0]?.body ?? Buffer.alloc(0)).parts.flatMap((part) =>
      part.kind === 'unit' ? (part.atMs ?? []) : [],
    );
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it('sends WebM by PUT until it is refused, and ends with the sentence of the server', async () => {
    const server = await putServer({
      body: (_, __, response) =>
        void response.writeHead(415, { Connection: 'close' }).end('This stream takes asf only.'),
    });
    const { ended } = run([DEMO, server.url]);
    await expect(ended).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/answers 415: This stream takes asf only\.$/),
    });
    expect(server.puts.map(({ headers: { 'content-type': type } }) => type)).toEqual(['video/webm']);
  });

  it('goes on after the end of a WebM file with its beginning, in the same request, its times carried on', async () => {
    const server = await putServer();
    const stop = new AbortController();
    const short = mkv({ docType: 'webm' }).video(1, { codec: 'V_VP8' }).audio(2, { codec: 'A_VORBIS' });
    const whole = Buffer.concat([short.header(), ...scenes(3)]);
    const { ended } = run([await saved('film.webm', whole), server.url], { loop: true }, stop.signal);
    await server.until(([put]) => (put?.body.length ?? 0) > 4 * whole.length);
    stop.abort();
    await ended;
    const { parts } = framed(matroska, server.puts[0]?.body ?? Buffer.alloc(0));
    expect(headers(parts)).toHaveLength(1);
    const times = units(parts).map(({ atMs = 0 }) => atMs);
    expect(times.length).toBeGreaterThan(9);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(server.puts.map(({ isWhole }) => isWhole)).toEqual([true]);
  });

  it('sends WebM into the pump, which asks for a password, and viewers get it from a key frame on', async () => {
    const url = await pump({ users: { bob: 'secret' } });
    const stop = new AbortController();
    const { ended } = run([DEMO, `${url}streams/hall_push`], { user: 'bob:secret', loop: true }, stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await ended;
    });
    const [watching] = (await once(get(`${url}streams/hall`), 'response')) as [IncomingMessage];
    expect(watching.headers['content-type']).toBe('video/webm');
    let seen = Buffer.alloc(0);
    for await (const chunk of watching as AsyncIterable<Buffer>) {
      seen = Buffer.concat([seen, chunk]);
      if (units(framed(matroska, seen).parts).length >= 5) break;
    }
    const [sent] = headers(framed(matroska, await readFile(DEMO)).parts);
    const { parts } = framed(matroska, seen);
    expect(headers(parts)).toEqual([sent]);
    expect(units(parts)[0]?.join).toBe(true);
  });

  it('tells what was cut off at the end of a file', async () => {
    const server = await putServer();
    const short = mkv().video(1).audio(2);
    const { ended, told } = run([
      await saved('film.mkv', Buffer.concat([short.header(), ...scenes(3)]).subarray(0, -10)),
      server.url,
    ]);
    await ended;
    expect(told.mock.calls.flat().join('')).toMatch(/^sent \d+ B, 0:00, \d+ B damaged or cut off left out\n$/);
  });

  it('is told the sentence of the pump that somebody pushes into', async () => {
    const url = await pump();
    const stop = new AbortController();
    const first = run([DEMO, `${url}streams/hall_push`], {}, stop.signal);
    const watching = get(`${url}streams/hall`);
    await once(watching, 'response');
    const { ended } = run([DEMO, `${url}streams/hall_push`]);
    await expect(ended).rejects.toThrow(/answers 409: .*another.*pushing/);
    watching.destroy();
    stop.abort();
    await first.ended;
  });

  it('is told the sentence of the pump whose stream is of another container', async () => {
    const url = await pump({}, { container: 'asf' });
    const { ended } = run([DEMO, `${url}streams/hall_push`]);
    await expect(ended).rejects.toThrow(/answers 415: this stream takes asf only, and this is matroska/);
  });

  it.each([
    [['film.asf', 'rtmp://x/y'], {}, /where to push to/],
    [['film.asf', 'mms://x/y'], {}, /where to push to/],
    [['film.asf', 'http://x/y'], { user: 'bob' }, /NAME:PASSWORD/],
    [['udp://x', 'http://x/y'], {}, /expected a path/],
  ])('explains wrong usage: %j', async (positionals, values, sentence) => {
    const { ended } = run(positionals, values);
    await expect(ended).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(sentence) });
  });

  it('sends nothing that is no container it knows, and says so', async () => {
    const server = await pushServer();
    const { ended } = run([new URL('../../package.json', import.meta.url).pathname, server.url]);
    await expect(ended).rejects.toThrow(/no container that is known/);
    expect(server.taken).toEqual([]);
  });
});
