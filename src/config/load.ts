// Fetches a configuration from a file: TypeScript and JavaScript by jiti, on every Node alike; JSON as it is.

import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { PumpError, codeOf, explain, messageOf } from '../errors.ts';
import { isEntries } from './mistakes.ts';

const CONFIG_ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.json'];

/** What the file says, unjudged; or the one mistake that keeps it from saying anything. */
export type Loaded = { readonly written: unknown } | { readonly mistake: string };

export async function loadFile(file: string): Promise<Loaded> {
  const ending = extname(file);
  if (!CONFIG_ENDINGS.includes(ending))
    throw new PumpError('usage', `${file}: a configuration is a file that ends in ${CONFIG_ENDINGS.join(', ')}`);
  const text = await read(file);
  return ending === '.json' ? fromJson(file, text) : fromModule(file);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw new PumpError('usage', `${file} does not exist`);
    throw new PumpError('usage', `${file} cannot be read`, { cause });
  }
}

function fromJson(file: string, text: string): Loaded {
  try {
    return { written: withoutEditorsKey(JSON.parse(text.replace(/^\uFEFF/, ''))) };
  } catch {
    // Node's own message quotes the text around, which may be a password, and mostly without saying where it is.
    const before = text.slice(0, goodLength(text)).split('\n');
    return { mistake: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: no JSON from here on` };
  }
}

/** `$schema` tells editors what to check the file by (docs/config.schema.json), and the pump nothing. */
function withoutEditorsKey(written: unknown): unknown {
  if (!isEntries(written)) return written;
  const { $schema, ...others } = written;
  return typeof $schema === 'string' ? others : written;
}

/** How many letters could still become JSON, if others followed. */
function goodLength(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBegun(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isBegun(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const complaint = explain(error);
    const [, place] = /at position (\d+)/.exec(complaint) ?? [];
    return /end of JSON input|^Unterminated string/.test(complaint) || Number(place) === text.length;
  }
}

async function fromModule(file: string): Promise<Loaded> {
  // `stream-pump` is this very package, wherever the file lies and whether or not anything is installed beside it.
  const own = fileURLToPath(new URL(`../index${extname(import.meta.url)}`, import.meta.url));
  const options = { alias: { 'stream-pump': own }, fsCache: false, moduleCache: false, interopDefault: false };
  try {
    const module = await createJiti(import.meta.url, options).import(resolve(file));
    if (isEntries(module) && 'default' in module) return { written: module['default'] };
    return { mistake: `${file}: no default export; let it say: export default defineConfig({ … })` };
  } catch (error) {
    return { mistake: moduleMistake(file, error) };
  }
}

/** jiti's syntax errors have the place in a second line (its columns begin at 0, those of editors at 1), Node's missing
 *  modules who asked for them. */
function moduleMistake(file: string, error: unknown): string {
  const raw = messageOf(error);
  const [, message, place, column] = /^ParseError: (.*?)\s*\n\s*(\S.*:\d+):(\d+)/s.exec(raw) ?? [];
  if (message !== undefined) return `${place}:${Number(column) + 1}: ${message}`;
  const said = explain(error)
    .replace(/ Require stack:.*$/, '')
    .replace(/^\(0 ?, ?\w+\.(\w+)\)/, '$1');
  return `${thrownAt(error) ?? file}: ${said}`;
}

/** FILE:LINE of the configuration, whose frames come before jiti's; columns are not the file's own. */
function thrownAt(error: unknown): string | undefined {
  const [own = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(/^.*[\\/]jiti[\\/]/m, 1);
  return /^ +at (?:.* \(|async )?((?:\/|[a-z]:\\).+:\d+):\d+\)?$/im.exec(own)?.[1];
}
