// The reference of the configuration is made of the schema, and what is kept in docs is what the schema says today.
// `npm run docs` writes it.

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadFile } from '../src/config/load.ts';
import { schema } from '../src/config/schema.ts';
import { formOf, reference, withoutSentence } from './support/reference.ts';

const there = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const form = formOf(schema);

describe('the reference of the configuration', () => {
  test('has a sentence for every key', () => {
    expect(
      withoutSentence(form),
      `a key without a sentence: give it one by .describe('…') where it stands in src/config or in its source's schema, then npm run docs`,
    ).toEqual([]);
  });

  test('notices a key without a sentence, however deep', () => {
    const deep = z.strictObject({ a: z.array(z.strictObject({ b: z.boolean().default(true) })).describe('A list.') });
    expect(withoutSentence(formOf(deep))).toEqual(['a.b']);
  });

  test('that people read is what the schema says', async () => {
    const stale = 'docs/configuration.md is stale: npm run docs';
    await expect(reference(form), stale).toMatchFileSnapshot(there('docs/configuration.md'));
  });

  test('that editors read is what the schema says', async () => {
    const stale = 'docs/config.schema.json is stale: npm run docs';
    await expect(`${JSON.stringify(form, null, 2)}\n`, stale).toMatchFileSnapshot(there('docs/config.schema.json'));
  });
});

describe('an editor', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zod's own JSON Schema, with words for people added
  const editor = z.fromJSONSchema(form as Parameters<typeof z.fromJSONSchema>[0]);
  const written = async () => {
    const loaded = await loadFile(there('config.example.ts'));
    return 'written' in loaded ? JSON.parse(JSON.stringify(loaded.written)) : undefined;
  };

  test('takes the example, as JSON', async () => {
    expect(editor.safeParse(await written()).error).toBeUndefined();
  });

  test.each([
    ['an unknown key', { htps: {} }],
    ['an unknown key of a stream', { streams: [{ path: 'x', type: 'push', wacth: {} }] }],
    ["another type's key", { streams: [{ path: 'x', type: 'push', url: 'a.asf' }] }],
    ['a type that there is not', { streams: [{ path: 'x', type: 'pul' }] }],
    ['a stream without a path', { streams: [{ type: 'push' }] }],
    ['a port beyond all ports', { http: { port: 80_860 } }],
    ['seconds without a unit', { streams: [{ path: 'x', type: 'push', limits: { stall: 15 } }] }],
    ['words for a time', { streams: [{ path: 'x', type: 'push', limits: { stall: 'a while' } }] }],
  ])('marks %s', (_, part) => {
    const config = { streams: [{ path: 'x', type: 'push' }], ...part };
    expect(editor.safeParse(config).success).toBe(false);
  });
});
