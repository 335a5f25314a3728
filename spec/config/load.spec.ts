import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadFile } from '../../src/config/load.ts';
import { newFolder } from '../support/folder.ts';

const folder = newFolder(afterAll);

async function load(name: string, text: string) {
  const file = join(folder, name);
  await writeFile(file, text);
  const loaded = await loadFile(file);
  return 'mistake' in loaded ? { mistake: loaded.mistake.replaceAll(`${folder}/`, '') } : loaded;
}

const typed = `import { defineConfig, type Config } from 'stream-pump';
const streams: Config['streams'] = [];
export default defineConfig({ streams });`;

test.each([
  ['typed.ts', typed],
  ['typed.mts', typed],
  ['plain.js', 'export default { streams: [] }'],
  ['plain.mjs', `import { defineConfig } from 'stream-pump'; export default defineConfig({ streams: [] })`],
  ['plain.json', '{ "streams": [] }'],
  ['windows.json', '\uFEFF{ "streams": [] }'],
  ['edited.json', '{ "$schema": "docs/config.schema.json", "streams": [] }'],
  ['waits.ts', 'export default await Promise.resolve({ streams: [] })'],
])('%s is read, wherever it lies', async (name, text) => {
  expect(await load(name, text)).toEqual({ written: { streams: [] } });
});

test('a change is seen when the file is read again', async () => {
  await load('again.ts', 'export default 1');
  expect(await load('again.ts', 'export default 2')).toEqual({ written: 2 });
});

test.each([
  ['comma.ts', `export default {\n  a: 1 b: 2,\n};`, 'comma.ts:2:8: Unexpected token, expected ","'],
  ['throws.ts', 'export default { a: nowhere() };', 'throws.ts:1: nowhere is not defined'],
  [
    'slip.ts',
    `import { defineConfg } from 'stream-pump';\n\nexport default defineConfg({ streams: [] });`,
    'slip.ts:3: defineConfg is not a function',
  ],
  [
    'reads.ts',
    `import { readFileSync } from 'node:fs';\nreadFileSync('/nonesuch');`,
    expect.stringMatching(/^reads.ts:2: ENOENT/),
  ],
  ['missing.ts', `import x from 'nonesuch'; export default x;`, "missing.ts: Cannot find module 'nonesuch'"],
  [
    'empty.ts',
    'export const config = {};',
    'empty.ts: no default export; let it say: export default defineConfig({ … })',
  ],
  ['token.json', '{\n  "a": hello\n}', 'token.json:2:8: no JSON from here on'],
  ['comma.json', '{ "a": 1, }', 'comma.json:1:11: no JSON from here on'],
  ['short.json', '{ "a": [1', 'short.json:1:10: no JSON from here on'],
  ['long.json', '{ "a": 1 }\n}', 'long.json:2:1: no JSON from here on'],
  ['none.json', '', 'none.json:1:1: no JSON from here on'],
])('what is wrong with %s is one line with its place', async (name, text, mistake) => {
  expect(await load(name, text)).toEqual({ mistake });
});

test('a password beside a slip in JSON is not shown', async () => {
  expect(JSON.stringify(await load('secret.json', '{ "users": { "a": "s3cret"x } }'))).not.toContain('s3cret');
});

test.each(['nonesuch.ts', 'config.yaml', 'config'])('there is nothing to be read from %s', async (name) => {
  await expect(loadFile(join(folder, name))).rejects.toMatchObject({ code: 'usage' });
});
