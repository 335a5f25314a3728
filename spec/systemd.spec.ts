// What systemd is told and what it hands over. `systemd-notify` is here a script that writes down how it was called: Node cannot receive
// datagrams either. spec/clients/service.spec.ts has the real one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { supervise } from '../src/systemd.ts';
import { handClock } from './support/clock.ts';
import { listening } from './support/listening.ts';
import { MAIN } from './support/pump-process.ts';
import { newFolder } from './support/folder.ts';
import { writtenLog } from './support/log.ts';

/** Each message is a process, on a machine that runs everything else at the same time. */
vi.setConfig({ testTimeout: 30_000 });

function notified(env: Record<string, string> = {}, script = 'echo "$NOTIFY_SOCKET $*" >> "$0.said"') {
  const folder = newFolder(onTestFinished);
  const program = join(folder, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const environment: Record<string, string> = { PATH: `${folder}:${process.env['PATH']}`, NOTIFY_SOCKET: '/s', ...env };
  const clock = handClock();
  const { log, lines } = writtenLog();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const supervisor = supervise(environment, { log, clock }, stop.signal);
  const said = () =>
    existsSync(`${program}.said`) ? readFileSync(`${program}.said`, 'utf8').trimEnd().split('\n') : [];
  return {
    supervisor,
    environment,
    clock,
    lines,
    stop,
    said,
    heard: (count: number) => vi.waitFor(() => expect(said()).toHaveLength(count), 20_000),
  };
}

describe('systemd', () => {
  it('is told that the pump is ready, how it does where that changes, and that it stops', async () => {
    const { supervisor, clock, stop, said, heard, environment } = notified();
    let viewers = 1;
    supervisor.ready(() => `${viewers} viewers`);
    await heard(1);
    await clock.advance(60_000);
    viewers = 2;
    await clock.advance(15_000);
    await heard(2);
    stop.abort();
    await heard(3);
    expect(said()).toEqual(['/s READY=1 STATUS=1 viewers', '/s STATUS=2 viewers', '/s STOPPING=1 STATUS=Stopping']);
    expect(environment).not.toHaveProperty('NOTIFY_SOCKET');
    expect(clock.waiting).toBe(0);
  });

  it('is told that the pump is alive twice in the time after which it would be killed', async () => {
    const { supervisor, clock, said, heard } = notified({
      WATCHDOG_USEC: '8000000',
      WATCHDOG_PID: String(process.pid),
    });
    supervisor.ready(() => 'well');
    await clock.advance(3999);
    await heard(1);
    await clock.advance(1);
    await heard(2);
    await clock.advance(4000);
    await heard(3);
    expect(said().slice(1)).toEqual(['/s WATCHDOG=1', '/s WATCHDOG=1']);
  });

  it('is not told so where another process is watched', async () => {
    const { supervisor, clock, said, stop, heard } = notified({ WATCHDOG_USEC: '8000000', WATCHDOG_PID: '1' });
    supervisor.ready(() => 'well');
    await clock.advance(60_000);
    stop.abort();
    await heard(2);
    expect(said().join('\n')).not.toContain('WATCHDOG');
  });

  it('waits while the configuration is read again, whatever comes of it', async () => {
    const { supervisor, said } = notified();
    const before = process.hrtime.bigint() / 1000n;
    await supervisor.reloading(async () => {
      expect(said()).toEqual([expect.stringMatching(/^\/s RELOADING=1 MONOTONIC_USEC=\d+$/)]);
    });
    const failing = supervisor.reloading(() => Promise.reject(new Error('a mistake')));
    await expect(failing).rejects.toThrow('a mistake');
    expect(said().map((line) => line.split(' ')[1])).toEqual(['RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1']);
    const told = BigInt(/USEC=(\d+)/.exec(said()[0] ?? '')?.[1] ?? 0);
    expect(Number(told - before)).toBeGreaterThanOrEqual(0);
    expect(Number(told - before)).toBeLessThan(20_000_000);
  });

  it('that cannot be told costs one line in the log', async () => {
    const { supervisor, lines } = notified({}, 'exit 1');
    await supervisor.reloading(() => Promise.resolve());
    expect(lines).toEqual([expect.objectContaining({ msg: 'systemd cannot be told how the pump is' })]);
  });

  it('hears all in its order, however long it takes', async () => {
    const slow = 'case "$1" in READY*) sleep 0.2;; esac; echo "$1" >> "$0.said"';
    const { supervisor, stop, said, heard } = notified({}, slow);
    supervisor.ready(() => 'well');
    stop.abort();
    await heard(2);
    expect(said()).toEqual(['READY=1', 'STOPPING=1']);
  });

  it('that is not there is told nothing', async () => {
    const { supervisor, said, stop } = notified({ NOTIFY_SOCKET: '' });
    supervisor.ready(() => 'well');
    await supervisor.reloading(() => Promise.resolve());
    stop.abort();
    expect(said()).toEqual([]);
  });
});

describe('sockets that are handed over', () => {
  const { pid } = process;
  const given = (fds: number, names?: string, to = pid) =>
    notified({
      LISTEN_PID: String(to),
      LISTEN_FDS: String(fds),
      ...(names !== undefined && { LISTEN_FDNAMES: names }),
    });

  it('are known by their names, and without such by their order', () => {
    expect(given(2, 'https:http').supervisor.sockets).toEqual({ https: 3, http: 4 });
    expect(given(2).supervisor.sockets).toEqual({ http: 3, https: 4 });
    expect(given(2, 'stream-pump.socket:http').supervisor.sockets).toEqual({ http: 4, https: 3 });
    expect(given(1, 'https').supervisor.sockets).toEqual({ https: 3 });
  });

  it('to another process are not ours', () => {
    expect(given(2, 'http:https', pid + 1).supervisor.sockets).toEqual({});
    expect(notified({ LISTEN_FDS: '2' }).supervisor.sockets).toEqual({});
  });

  it('and are too many are a mistake', () => {
    expect(() => given(3)).toThrow('more sockets than one for http and one for https');
    expect(() => given(2, 'http:http')).toThrow('more sockets than one');
  });

  it('are not told to what the pump starts', () => {
    expect(Object.keys(given(1, 'http').environment)).toEqual(['PATH']);
  });
});

describe('a pump that is started with a socket', () => {
  /** As systemd does: the third file of the process, and its own id in the environment. */
  async function started(socket: Server, config: object) {
    const folder = newFolder(onTestFinished);
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ streams: [{ path: 'x', type: 'push' }], ...config }));
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const line = `LISTEN_PID=$$ LISTEN_FDS=1 exec '${process.execPath}' '${MAIN}' serve '${file}'`;
    const child = spawn('/bin/sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe', fd] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  it('listens there, whatever port its configuration says', async () => {
    const socket = createServer();
    const port = await listening(socket);
    const child = await started(socket, { http: { host: '127.0.0.1', port: 1 } });
    const [said] = await once(child.stdout ?? child, 'data');
    expect(String(said)).toContain(`listens at http://127.0.0.1:${port}/\n`);
    socket.close();
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  it('for which it has no configuration says so and ends', async () => {
    const socket = createServer();
    await listening(socket);
    const child = await started(socket, { https: { host: '127.0.0.1', port: 0, selfSigned: true } });
    const [err] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'close')]);
    expect(err).toMatch(/^stream-pump: a socket for http is handed over, and the configuration has no 'http'/m);
    expect(child.exitCode).toBe(2);
  });
});
