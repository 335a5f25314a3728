// SIGHUP, as an operator or a service's reload sends it: the configuration is read anew, in a process of its own.

import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { begin } from '../support/run.ts';
import { logOf } from '../support/pump-process.ts';
import { follow, freePort, until } from '../support/stage.ts';
import { newFolder } from '../support/folder.ts';

/** Each test starts Node, some of them on a machine that runs everything else at the same time. */
vi.setConfig({ testTimeout: 30_000 });

const folder = newFolder(afterAll);
const path = (name: string) => join(folder, name);

/** The pump, once it listens. */
async function serving(...args: string[]) {
  const pump = follow(begin(['serve', ...args]));
  onTestFinished(async () => void (await pump.end()));
  const url = await until('it listens', () => /http:\/\/127\.0\.0\.1:\d+\//.exec(pump.out)?.[0]);
  const lines = (msg: string) => logOf(pump).filter((line) => line.msg === msg);
  const has = async (stream: string) => (await fetch(`${url}api/streams/${stream}`)).ok;
  return { pump, lines, has, hangUp: () => pump.signal('SIGHUP') };
}

const json = (streams: object[]) => JSON.stringify({ http: { host: '127.0.0.1', port: 0 }, streams });
const push = { path: 'hall', type: 'push' };

describe('a hang-up', () => {
  test('has a TypeScript configuration read anew, with all that it imports', async () => {
    const streams = (...paths: string[]) =>
      `export const streams = ${JSON.stringify(paths)}.map((path) => ({ path, type: 'push' as const }));`;
    writeFileSync(path('streams.ts'), streams('one', 'two'));
    const config = (title: string) =>
      `import { defineConfig } from 'stream-pump';
       import { streams } from './streams.ts';
       export default defineConfig({ http: { host: '127.0.0.1', port: 0 },
         streams: [...streams, { path: 'three', type: 'push', title: '${title}' }] });`;
    writeFileSync(path('config.ts'), config('before'));
    const { lines, has, hangUp } = await serving(path('config.ts'));
    expect([await has('one'), await has('two'), await has('new')]).toEqual([true, true, false]);
    writeFileSync(path('streams.ts'), streams('two', 'new'));
    writeFileSync(path('config.ts'), config('after'));
    hangUp();
    await until('it goes by the new one', () => lines('configuration renewed').length > 0);
    expect(lines('configuration renewed')).toMatchObject([{ added: ['new'], removed: ['one'], changed: ['three'] }]);
    expect([await has('one'), await has('two'), await has('new')]).toEqual([false, true, true]);
  });

  test('with mistakes in the file has them all logged, and changes nothing; the next one is taken', async () => {
    writeFileSync(path('config.json'), json([push]));
    const { pump, lines, has, hangUp } = await serving(path('config.json'));
    writeFileSync(
      path('config.json'),
      json([
        { ...push, path: 'a b' },
        { ...push, tilte: 'x' },
      ]),
    );
    hangUp();
    await until('it says so', () => lines('the configuration stays as it was').length > 0);
    expect(lines('mistake in the configuration').map(({ mistake }) => mistake)).toEqual([
      expect.stringMatching(/^streams\[0\]\.path: expected/),
      expect.stringMatching(/^streams\[1\]\.tilte: an unknown key/),
    ]);
    rmSync(path('config.json'));
    hangUp();
    await until('it says so', () => lines('the configuration stays as it was').length > 1);
    expect([pump.isOver, await has('hall')]).toEqual([false, true]);
    writeFileSync(path('config.json'), json([push, { ...push, path: 'other' }]));
    hangUp();
    await until('it goes by the new one', () => has('other'));
  });

  test('before it listens is heard when it does, and ends nothing', async () => {
    writeFileSync(
      path('early.ts'),
      `import { existsSync, writeFileSync } from 'node:fs';
       const mark = ${JSON.stringify(path('mark'))};
       if (!existsSync(mark)) {
         writeFileSync(mark, '');
         const awake = setInterval(() => {}, 1000);
         const heard = new Promise((resolve) => process.once('SIGHUP', resolve));
         process.kill(process.pid, 'SIGHUP');
         await heard;
         clearInterval(awake);
       }
       export default ${json([push])};`,
    );
    const { pump, lines } = await serving(path('early.ts'));
    await until('it is heard', () => lines('configuration renewed').length === 1);
    expect(pump.isOver).toBe(false);
  });

  test('ends what has no file to read', async () => {
    const player = begin(['play', `tcp://127.0.0.1:${await freePort()}?listen`, '--name', 'x', '--port', '0']);
    await once(player.stdout, 'data');
    player.kill('SIGHUP');
    await once(player, 'close');
    expect(player.exitCode).toBe(0);
  });
});
