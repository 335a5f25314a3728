// What comes of a program that cannot be started. How one that runs is read and ended is in ffmpeg.spec.ts.

import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { startChild } from '../../src/sources/child.ts';

/** Has all the files open that it may, and starts a program. */
const SCRIPT = `
import { openSync } from 'node:fs';
import { createJiti } from 'jiti';
const { startChild } = await createJiti(process.cwd() + '/').import('./src/sources/child.ts');
try {
  for (;;) openSync('/dev/null');
} catch {}
const order = { program: 'true', args: [], stdin: 'ignore', said() {}, reported() {} };
startChild(order, {}).catch(({ code }) => setTimeout(() => process.exit(code === 'EMFILE' ? 7 : 8), 50));
`;

it('a pump that has no files left to start a program with lives on, and says why', () => {
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT];
  const run = () => execFileSync('sh', ['-c', 'ulimit -n 60; exec "$@"', 'sh', ...node], { stdio: 'pipe' });
  expect(run).toThrow(expect.objectContaining({ status: 7 }));
});

it('what it was to read is let go of', async () => {
  vi.stubEnv('PATH', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  const letGo = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }));
  const stdin = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: letGo }) };
  const order = { program: 'player', args: [], stdin, said() {}, reported() {} };
  await expect(startChild(order, realClock)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(letGo).toHaveBeenCalledOnce();
});
