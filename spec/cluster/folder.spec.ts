// Where the processes of a pump find each other, and what is left of pumps that were killed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { openFolder } from '../../src/cluster/folder.ts';
import { newFolder } from '../support/folder.ts';

let place = '';
beforeEach(() => {
  place = newFolder(onTestFinished);
  vi.stubEnv('TMPDIR', place);
});
afterEach(() => vi.unstubAllEnvs());

/** A process that listens there and is killed. */
async function killed(path: string): Promise<void> {
  const code = `require('net').createServer().listen(process.argv[1], () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', code, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

it('takes away what pumps have left that were killed, and nothing else', async () => {
  const [dead = '', live = '', young = '', others = ''] = ['dead', 'live', 'young', 'others'].map((name) =>
    join(place, `stream-pump-${name}`),
  );
  for (const folder of [dead, live, young, others]) mkdirSync(folder);
  await killed(join(dead, 'inside.sock'));
  expect(existsSync(join(dead, 'inside.sock'))).toBe(true);
  const server = createServer().listen(join(live, 'inside.sock'));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  writeFileSync(join(others, 'inside.sock'), 'no socket');
  const { path, inside } = await openFolder();
  expect(inside.startsWith(path)).toBe(true);
  expect(readdirSync(place)).not.toContain('stream-pump-dead');
  expect(readdirSync(place)).toHaveLength(4);
});

it('says in one line what to do where it can be none', async () => {
  vi.stubEnv('TMPDIR', join(place, 'none'));
  await expect(openFolder()).rejects.toThrow(
    /^workers need a folder in .*\/none \(ENOENT.*\): let TMPDIR name another$/,
  );
  const long = join(place, 'a'.repeat(100));
  mkdirSync(long);
  vi.stubEnv('TMPDIR', long);
  await expect(openFolder()).rejects.toThrow('is too long for a socket');
  expect(readdirSync(long)).toEqual([]);
});
