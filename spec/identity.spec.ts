// Giving up root. It cannot be taken back, so a process of its own does it, where the specs are root.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeCertificate, writeCertificate } from '../src/certificate.ts';
import { another } from '../src/identity.ts';
import { MAIN } from './support/pump-process.ts';
import { follow, until } from './support/stage.ts';
import { newFolder } from './support/folder.ts';

/** Each test starts Node, on a machine that runs everything else at the same time. */
vi.setConfig({ testTimeout: 30_000 });

const isRoot = process.getuid?.() === 0;
const me = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();

it('a user that is not there is told at once', () => {
  expect(() => another({ user: 'no-such-user' })).toThrow("there is no user 'no-such-user' on this machine");
});

it.skipIf(isRoot)('only root becomes another', () => {
  expect(() => another({ user: 'root' })).toThrow("only root can become 'root'");
  another({ user: me }).become();
});

it.runIf(isRoot)('is for good, with the groups of the other alone', () => {
  const file = new URL('../src/identity.ts', import.meta.url).pathname;
  const code = `
    const { createJiti } = await import('jiti');
    const { another } = await createJiti('${file}').import('${file}');
    process.setgroups([0, 4]);
    another({ user: 'nobody', group: 'daemon' }).become();
    const [real, effective, saved] = /^Uid:\\s+(.*)/m.exec((await import('node:fs')).readFileSync('/proc/self/status', 'utf8'))[1].split('\\t');
    let back = 'refused';
    try { process.setuid(0); back = 'root again'; } catch {}
    console.log(JSON.stringify({ real, effective, saved, gid: process.getgid(), groups: process.getgroups().sort((a, b) => a - b), back }));
  `;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  const nobody = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim();
  const groups = execFileSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).trim().split(' ').map(Number);
  const daemon = Number(/^daemon:[^:]*:(\d+)/m.exec(readFileSync('/etc/group', 'utf8'))?.[1]);
  expect(JSON.parse(said)).toEqual({
    real: nobody,
    effective: nobody,
    saved: nobody,
    gid: daemon,
    groups: [...new Set([...groups, daemon])].toSorted((a, b) => a - b),
    back: 'refused',
  });
});

it.runIf(isRoot)('fails for a group that is not there', () => {
  const file = new URL('../src/identity.ts', import.meta.url).pathname;
  const code = `const { createJiti } = await import('jiti');
    const { another } = await createJiti('${file}').import('${file}');
    try { another({ user: 'nobody', group: 'no-such-group' }).become(); } catch (error) { console.log(error.message); }`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(said).toContain("the pump cannot become 'nobody' of group 'no-such-group'");
});

/** Through a source that says who it is: FFmpeg's place is taken by a script. */
it.runIf(isRoot).each([0, 1])(
  "a pump (workers: %i) listens as root with a key that is root's alone, and goes on as the other",
  async (workers) => {
    const folder = newFolder(onTestFinished);
    chmodSync(folder, 0o777);
    const files = { cert: join(folder, 'pump.crt'), key: join(folder, 'pump.key') };
    await writeCertificate(files, await makeCertificate(['localhost']));
    const whom = join(folder, 'whom');
    writeFileSync(join(folder, 'ffmpeg'), `#!/bin/sh\nid -un > ${whom}\n`);
    chmodSync(join(folder, 'ffmpeg'), 0o755);
    const config = join(folder, 'config.json');
    const configure = (path: string, mode: number) => {
      const local = { host: '127.0.0.1', port: 0 };
      const streams = [{ path, type: 'ffmpeg', input: ['x'] }];
      const text = JSON.stringify({ user: 'nobody', workers, http: local, https: { ...local, ...files }, streams });
      writeFileSync(config, text);
      chmodSync(config, mode);
    };
    configure('x', 0o600);
    const env = { ...process.env, TMPDIR: folder, PATH: `${folder}:${process.env['PATH']}` };
    const pump = follow(spawn(process.execPath, [MAIN, 'serve', config], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
    onTestFinished(() => pump.signal('SIGKILL'));
    const port = await until('it listens', () => /https:\/\/127\.0\.0\.1:(\d+)/.exec(pump.out)?.[1]);
    expect(readFileSync(`/proc/${pump.pid}/status`, 'utf8')).toMatch(/^Uid:\t(\d+)\t\1\t\1\t\1$/m);
    await until('a source is opened', () => existsSync(whom) && readFileSync(whom, 'utf8') === 'nobody\n');
    expect(pump.err).toContain('the certificate cannot be read any more');
    expect(pump.err).toContain('the configuration cannot be read any more');
    const has = (path: string) =>
      new Promise<boolean>((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: `/api/streams/${path}`, rejectUnauthorized: false };
        get({ ...options, agent: false }, (answer) => resolve(answer.resume().statusCode === 200)).once(
          'error',
          reject,
        );
      });
    expect(await has('x')).toBe(true);

    configure('y', 0o644);
    pump.signal('SIGHUP');
    await until('it goes by another configuration', () => has('y'));
    expect(pump.err).toMatch(/https\.key: this user may not read it/);
    configure('z', 0o600);
    pump.signal('SIGHUP');
    await until('it says what it cannot read', () => /the configuration stays as it was/.test(pump.err));
    expect(pump.err).toMatch(/config\.json cannot be read/);
    expect(await pump.end()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('stream-pump-'))).toEqual([]);
  },
);
