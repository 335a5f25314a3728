// `play` as its users have it: a process of its own, with a film of a second or two.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { play } from '../../src/commands/play.ts';
import { asf as container } from '../../src/containers/asf/index.ts';
import { asf } from '../support/asf.ts';
import { fakeFfmpeg } from '../support/fake-ffmpeg.ts';
import { framed, units } from '../support/framing.ts';
import { origin, serving } from '../support/origin.ts';
import { isThere } from '../support/stage.ts';
import { newFolder } from '../support/folder.ts';
import { logOf, MAIN } from '../support/pump-process.ts';
import { follow, freePort, until } from '../support/stage.ts';
import { silent } from '../support/log.ts';

/** Each test starts Node, some of them on a machine that runs everything else at the same time. */
vi.setConfig({ testTimeout: 30_000 });

const folder = newFolder(afterAll);
const restore = fakeFfmpeg(join(folder, 'bin'));
/** Tests run side by side, so what they leave is cleared away after all of them. */
const atEnd: (() => unknown)[] = [];
afterAll(async () => {
  await Promise.all(atEnd.map((end) => end()));
  restore();
});

const stream = asf({ flags: 2 }).video(1).audio(2);
const packets = stream.packets(40);
const film = Buffer.concat([stream.header(), ...packets]);
const all = packets.map((_, n) => n);
const path = (name: string) => join(folder, name);
writeFileSync(path('film.asf'), film);
writeFileSync(path('film.xyz'), film);

/** The process, and how it ended. */
function playing(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'play', '--port', '0', ...args], { cwd: folder });
  const running = follow(child);
  atEnd.push(() => running.signal('SIGKILL'));
  const ended = running.ended.then((code) => ({ code, out: running.out, err: running.err }));
  const url = (n = 0) =>
    until('it says its addresses', () => [...running.out.matchAll(/http:\/\/localhost:\d+\/streams\/\S+/g)][n]?.[0]);
  const line = (message: string) => logOf(running).filter(({ msg }) => msg === message);
  return { child, running, ended, url, line };
}

/** The numbers of the packets that a viewer gets who wants all from the beginning. */
async function seen(url: string): Promise<number[]> {
  const answer = await fetch(`${url}?burst=60s`);
  const { parts } = framed(container, Buffer.from(await answer.arrayBuffer()));
  return units(parts).map(({ bytes }) => packets.findIndex((packet) => packet.equals(bytes)));
}

function run(positionals: string[], values = {}): Promise<void> {
  return play.run({ values, positionals, log: silent }, new AbortController().signal);
}

describe.concurrent('a film', () => {
  test.each([
    ['by its path', ['film.asf'], '/streams/film'],
    ['whatever it is called', ['film.xyz', '--name', 'other'], '/streams/other'],
  ])('is played in real time, %s; its viewers get all of it, and then the command ends', async (_, args, address) => {
    const sinceMs = Date.now();
    const { url, ended } = playing(...args);
    expect(await url()).toContain(address);
    expect(await seen(await url())).toEqual(all);
    expect(await ended).toMatchObject({ code: 0, out: expect.stringMatching(/\nplayed 0:0[12], .* kB, 1 viewer\n$/) });
    expect(Date.now() - sinceMs).toBeGreaterThan(39 * 40);
  });

  test('through a pipe is played in real time too', async () => {
    const { child, url, ended } = playing('-');
    child.stdin.end(film);
    const sinceMs = Date.now();
    expect(await seen(await url())).toEqual(all);
    expect(await ended).toMatchObject({ code: 0 });
    expect(Date.now() - sinceMs).toBeGreaterThan(30 * 40);
  });

  test('at an address is played once', async () => {
    const server = await origin((_, response) => response.writeHead(200, { 'Content-Length': film.length }).end(film));
    atEnd.push(() => server.close());
    const { url, ended } = playing(`http://${server.host}/film.asf`);
    expect(await seen(await url())).toEqual(all);
    expect(await ended).toMatchObject({ code: 0 });
    expect(server.came).toBe(1);
  });

  test('goes on beside another that is over, and each has its address', async () => {
    writeFileSync(path('short.asf'), Buffer.concat([stream.header(), ...packets.slice(0, 5)]));
    const { url, ended, running } = playing('short.asf', 'film.asf', '--name', 'x');
    expect([await url(0), await url(1)].join()).toMatch(/\/x-1,.*\/x-2$/);
    expect(await seen(await url(1))).toEqual(all);
    expect(await ended).toMatchObject({ code: 0 });
    expect(running.out).toMatch(/from other machines|on this machine/);
    expect(running.out).toMatch(/^ {2}page with a player {4}http:\/\/localhost:\d+\/$/m);
  });

  test('begins again with --loop, until Ctrl-C', async () => {
    const { child, url, ended } = playing('film.asf', '--loop');
    const watching = seen(await url());
    setTimeout(() => child.kill('SIGINT'), 2500);
    expect((await watching).length).toBeGreaterThan(packets.length);
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe.concurrent('what is live', () => {
  test('is waited for again when a caller hangs up, and his viewers stay', async () => {
    const port = await freePort();
    const { child, url, ended, line } = playing(`tcp://127.0.0.1:${port}?listen`);
    const address = await url();
    // The address is told before somebody listens there.
    const call = () =>
      void connect(port, '127.0.0.1')
        .once('error', () => setTimeout(call, 50))
        .end(film);
    call();
    const watching = seen(address);
    await until('it has ended once', () => line('source ended').length === 1);
    call();
    await until('it has ended twice', () => line('source ended').length === 2);
    child.kill('SIGINT');
    expect((await watching).length).toBeGreaterThan(packets.length);
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe.concurrent('what cannot be played', () => {
  test.each([
    [['nowhere.mkv'], {}, 'upstream failed', /^nowhere\.mkv does not exist$/],
    [['.'], {}, 'upstream failed', /^\. is a directory, not a stream$/],
    [['film.asf'], { port: '70000' }, 'usage', /^--port: expected a port/],
    [['film.asf'], { port: 'x' }, 'usage', /^--port: expected a port/],
    [['film.asf'], { name: ['a b'] }, 'usage', /^--name: expected letters/],
    [[], {}, 'usage', /^too few arguments/],
  ])('is told before anything is opened: %j %j', async (positionals, values, code, sentence) => {
    await expect(run(positionals, values)).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
  });

  test('is told with the reason of FFmpeg', async () => {
    const { ended } = playing('--log-level', 'silent', '--', '-i', 'unopenable');
    expect(await ended).toMatchObject({
      code: 1,
      err: 'stream-pump: ffmpeg cannot open unopenable: moov atom not found; rtsp://camera/x: Invalid data found when processing input\n',
    });
  });

  test('is told with what to do where it is an MP4 in a pipe that has its index at its end', async () => {
    const { child, ended } = playing('-', '--log-level', 'silent');
    child.stdin.end('\0\0\0\x08ftyp\0\0\0\x08mdat');
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('make it with -movflags faststart') });
  });

  test('is told where it is nothing but a header', async () => {
    const { child, ended } = playing('-', '--log-level', 'silent');
    child.stdin.end(stream.header());
    expect(await ended).toMatchObject({ code: 1, err: 'stream-pump: there is nothing to send in stdin\n' });
  });

  test('is told where the port is taken', async () => {
    const other = await serving(createServer());
    atEnd.push(() => other.close());
    const { ended } = playing('film.asf', '--port', `${other.port}`, '--log-level', 'silent');
    const { code, err } = await ended;
    // Which it is only where the other listens on all addresses as we do.
    if (code !== 0)
      expect(err).toMatch(
        /^stream-pump: [^\n]+another program listens there; [^\n]+ another port \(--port, [^\n]+\)\n$/,
      );
  });
});

test('a terminal is not waited at', async () => {
  const real = process.stdin;
  const replace = (stdin: unknown) => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  onTestFinished(() => void replace(real));
  replace(Object.assign(new PassThrough(), { isTTY: true }));
  await expect(run(['-'])).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^stdin is a terminal/),
  });
});

describe.concurrent('FFmpeg', () => {
  async function muted() {
    const { child, line, ended } = playing('--', '-i', 'mute');
    const said = await until('it is there', () => line('ffmpeg warns')[0]?.['said']);
    return { child, ended, pid: Number(/\d+/.exec(JSON.stringify(said))?.[0]) };
  }

  test('is ended with the command', async () => {
    const { child, ended, pid } = await muted();
    expect(isThere(pid)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    expect(isThere(pid)).toBe(false);
  });

  test.runIf(process.platform === 'linux')(
    'is not left behind by one that is killed, however silent its input',
    async () => {
      const { child, pid } = await muted();
      expect(isThere(pid)).toBe(true);
      child.kill('SIGKILL');
      await until('it is gone', () => !isThere(pid));
    },
  );
});
