// The whole program from outside: what is printed where, and with which exit code it ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MAIN, begin, run } from './support/run.ts';
import { newFolder } from './support/folder.ts';

/** Each test starts Node, some of them on a machine that runs everything else at the same time. */
vi.setConfig({ testTimeout: 30_000 });

const folder = newFolder(afterAll);

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

const DEMO = fileURLToPath(new URL('../demo/demo.asf', import.meta.url));
const good = { http: { host: '127.0.0.1', port: 0 }, streams: [{ path: 'x', type: 'push' }] };
const bad = { http: { port: 99_999 }, streams: [{ path: 'a b', type: 'push', wacth: {} }] };

describe.concurrent('the command line', () => {
  test('--version says the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test('--help lists the commands, on stdout', async () => {
    const { code, out, err } = await run(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const name of ['serve', 'check', 'play', 'push', 'probe', 'cert'])
      expect(out).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
  });

  test('an option that nobody knows is one line on stderr with the nearest one, and exit code 2', async () => {
    const { code, out, err } = await run(['cert', '--hots', 'x']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      "stream-pump: cert: there is no option '--hots'; did you mean '--host'? (stream-pump cert --help tells more)\n",
    );
  });

  test('a command that nobody knows likewise', async () => {
    const ended = await run(['chekc']);
    expect(ended).toEqual({
      code: 2,
      out: '',
      err: "stream-pump: there is no command 'chekc'; did you mean 'check'?\n",
    });
  });

  test('check says every mistake at once and ends with 1', async () => {
    const path = await file('bad.json', bad);
    const { code, out, err } = await run(['check', path]);
    expect(out.trimEnd().split('\n')).toEqual([
      'http.port: expected a port from 0 to 65535, got 99999',
      expect.stringMatching(/^streams\[0\]\.path: expected letters, .*, got 'a b'$/),
      "streams[0].wacth: an unknown key; did you mean 'watch'?",
    ]);
    expect({ code, err }).toEqual({ code: 1, err: `stream-pump: ${path}: 3 mistakes\n` });
  });

  test('check ends with 0 where all is well, and with 2 where there is no file', async () => {
    const path = await file('good.json', good);
    expect(await run(['check', path])).toEqual({ code: 0, out: `${path} is good: 1 stream\n`, err: '' });
    expect(await run(['check', join(folder, 'none.ts')])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^stream-pump: \S+none\.ts does not exist\n$/),
    });
  });

  test('check warns of what is right and yet of no use', async () => {
    const users = { encoder: `scrypt:c2FsdA==:${'A'.repeat(43)}=` };
    const path = await file('warned.json', { streams: [{ path: 'x', type: 'push', publish: { users } }] });
    expect(await run(['check', path])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^warning: streams\[0\]\.publish/),
    });
  });

  test('a pump with mistakes in its configuration does not start, says them all and ends with 2', async () => {
    const { code, out, err } = await run([await file('bad2.json', bad)]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd().split('\n')).toHaveLength(4);
  });

  test('the demonstration takes another port, and says how where its own is taken; a configuration has its own', async () => {
    const taken = createServer().listen({ host: '::', port: 0 });
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const home = newFolder(onTestFinished);
    try {
      expect(await run(['--port', `${port}`, '--log-level', 'silent'], home)).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /^stream-pump: cannot listen on localhost:\d+: another program listens there; .*--port/,
        ),
      });
    } finally {
      taken.close();
    }
    expect(await run([await file('own.json', good), '--port', '8087'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/own\.json says it, as http: \{ port: 8087 \}\n$/),
    });
    expect(await run(['--port', 'x'], home)).toMatchObject({ code: 2 });
  });

  test('a reader who has seen enough is no failure, and no stack is shown to him', async () => {
    for (const line of [['check', await file('bad3.json', bad)], ['--help']]) {
      const child = begin(line);
      child.stdout.destroy();
      const [err] = await Promise.all([text(child.stderr), once(child, 'close')]);
      expect(err).not.toMatch(/EPIPE|^ +at /m);
    }
  });

  test('a pump says where it is, logs JSON to stderr where no terminal is, and ends with 0 when told to', async () => {
    const told = { path: 'told', type: 'multicast', url: 'rtp://239.1.2.3:5004', receive: false };
    const child = begin(['serve', await file('good2.json', { ...good, streams: [...good.streams, told] })]);
    const err = text(child.stderr);
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toMatch(
      /^Stream Pump \S+ listens at http:\/\/127\.0\.0\.1:\d+\/\n {2}watch {2}http:\S+\/streams\/x\n {2}push {3}\S+x_push\n {2}watch {2}\S+\/told\.sdp\n/,
    );
    child.kill('SIGINT');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    const lines = (await err).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toContain('listening');
  });

  test('a pump that is told twice at once ends as if told once; told again while that takes long, it leaves at once', async () => {
    const child = begin(['serve', await file('twice.json', good), '--log-level', 'silent']);
    const [said] = await once(child.stdout, 'data');
    const slow = connect(Number(/:(\d+)\//.exec(String(said))?.[1]), '127.0.0.1').on('error', () => {});
    slow.write('GET / HTTP/1.1\r\n');
    await once(slow, 'connect');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.exitCode).toBe(null);
    // It would hang up in seconds on who has not asked yet.
    const impatient = setInterval(() => child.kill('SIGINT'), 100);
    await once(child, 'close');
    clearInterval(impatient);
    expect(child.exitCode).toBe(130);
    slow.destroy();
  });

  test.runIf(existsSync('/dev/full'))(
    'a pump whose logs are on full disks ends all the same when told to',
    async () => {
      const full = {
        ...good,
        accessLog: { file: '/dev/full' },
        streams: [{ path: 'x', type: 'file', url: DEMO, loop: true }],
      };
      const line = ['exec "$0" "$@" 2>/dev/full', process.execPath, MAIN, 'serve', await file('full.json', full)];
      const child = spawn('sh', ['-c', ...line], { stdio: ['ignore', 'pipe', 'pipe'] });
      const [said] = await once(child.stdout, 'data');
      const url = /http:\S+/.exec(String(said))?.[0] ?? '';
      const viewer = await fetch(`${url}streams/x`);
      await viewer.body?.cancel();
      await vi.waitFor(async () =>
        expect(await (await fetch(`${url}api/streams/x`)).json()).toMatchObject({ viewers: 0 }),
      );
      child.kill('SIGTERM');
      const ended = once(child, 'close');
      const stuck = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(stuck);
      expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null });
    },
  );

  test('an access log that cannot be opened is one line', async () => {
    const path = await file('nolog.json', { ...good, accessLog: { file: join(folder, 'none', 'log') } });
    expect(await run([path, '--log-level', 'silent'])).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(/^stream-pump: the access log [^\n]+ cannot be written: [^\n]+\n$/),
    });
  });

  test('it says where each stream is watched: one that is only told of by its description', async () => {
    const streams = [
      { path: 'tv', type: 'multicast', url: 'udp://@:18765' },
      { path: 'told', type: 'multicast', url: 'rtp://239.9.8.7:5004', receive: false },
    ];
    const child = begin([await file('watched.json', { ...good, streams })]);
    const [said] = await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(String(said)).toMatch(/\/streams\/tv\n/);
    expect(String(said)).toMatch(/\/streams\/told\.sdp\n/);
  });

  test('a port that is taken is one line, and a failure', async () => {
    const first = begin(['serve', await file('good3.json', good)]);
    const [said] = await once(first.stdout, 'data');
    const port = Number(/:(\d+)\//.exec(String(said))?.[1]);
    const second = await run([
      await file('taken.json', { ...good, http: { host: '127.0.0.1', port } }),
      '--log-level',
      'silent',
    ]);
    expect(second.code).not.toBe(0);
    expect(second).toMatchObject({
      out: '',
      err: expect.stringMatching(
        /^stream-pump: [^\n]+another program listens there; [^\n]+ another port \(--port, [^\n]+\)\n$/,
      ),
    });
    first.kill('SIGTERM');
    await once(first, 'close');
    expect(first.exitCode).toBe(0);
  });
});
