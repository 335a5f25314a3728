// The example is what people copy: it is right, and it shows everything there is.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../src/config.ts';
import { loadFile } from '../src/config/load.ts';
import { schema } from '../src/config/schema.ts';

/** One of these excludes the other two, so they stand in a comment. */
const IN_A_COMMENT = ['https.cert', 'https.key'];

const file = fileURLToPath(new URL('../config.example.ts', import.meta.url));
const loaded = await loadFile(file);
const example = 'written' in loaded ? loaded.written : undefined;

test('the example is a good configuration', () => {
  expect(judge(example)).toHaveProperty('config');
});

test('the example shows every option of the schema', async () => {
  const shown = keysOf(example);
  const missing = optionsOf(schema).filter((option) => !shown.has(option));
  expect(missing).toEqual(IN_A_COMMENT);
  const text = await readFile(file, 'utf8');
  for (const option of IN_A_COMMENT) expect(text).toMatch(new RegExp(`// ${option.split('.').at(-1)}: '`));
});

/** `streams.limits.stall`: lists and alternatives of types count as one. */
function optionsOf(type: z.core.$ZodType, above = ''): string[] {
  const options = new Set<string>();
  walk(type, above, options);
  return [...options];
}

function walk(type: z.core.$ZodType, at: string, options: Set<string>): void {
  if (type instanceof z.ZodObject) {
    for (const [key, value] of Object.entries<z.core.$ZodType>(type.shape)) {
      const path = at === '' ? key : `${at}.${key}`;
      if (isForbidden(value)) continue;
      options.add(path);
      walk(value, path, options);
    }
  } else if (type instanceof z.ZodPipe) walk(type.in, at, options);
  else if (type instanceof z.ZodArray) walk(type.element, at, options);
  else if (type instanceof z.ZodUnion) for (const option of type.options) walk(option, at, options);
  else if (type instanceof z.ZodOptional || type instanceof z.ZodExactOptional) walk(type.unwrap(), at, options);
  else if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault) walk(type.unwrap(), at, options);
}

/** A key that is there to say that it may not be. */
function isForbidden(type: z.core.$ZodType): boolean {
  return (type instanceof z.ZodOptional || type instanceof z.ZodExactOptional) && type.unwrap() instanceof z.ZodNever;
}

function keysOf(value: unknown, at = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((entry: unknown) => [...keysOf(entry, at)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, entry]) => {
      const path = at === '' ? key : `${at}.${key}`;
      return [path, ...keysOf(entry, path)];
    }),
  );
}
