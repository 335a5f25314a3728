// Users' passwords: in plain, `env:NAME`, `file:PATH`, `ha1:HEX` (RFC 7616 3.4.2, good for Digest and Basic), `scrypt:…`
// (Basic alone). What is in a variable or a file is fetched here, once, so that nothing else reads either. No password
// ever gets into a mistake's text: only names do.

import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** More is no password but the wrong file. */
const LONGEST_PASSWORD = 1024;

type Found = { readonly secret: string } | { readonly expected: string; readonly got: string };

const WRITTEN: Readonly<Record<string, { readonly pattern: RegExp; readonly expected: string }>> = {
  'ha1:': { pattern: /^ha1:[0-9a-f]{32}$/i, expected: `'ha1:' and 32 hexadecimal digits` },
  'scrypt:': {
    pattern: /^scrypt:[\w+/-]+={0,2}:[\w+/-]{22,86}={0,2}$/,
    expected: `'scrypt:SALT:KEY', both base64, the key of 16 to 64 bytes`,
  },
};

const secret = z.string({ error: 'a password' }).transform((text, context) => {
  const found = find(text);
  if ('secret' in found) return found.secret;
  context.addIssue({ code: 'custom', message: found.expected, params: { got: found.got } });
  return z.NEVER;
});

/** RFC 7617 2: a colon would end the name; a quote or a control character has no place in RFC 7616's headers. */
const userName = z
  .string()
  .refine((name) => /^[^:"\p{Cc}]{1,128}$/u.test(name), 'a name without colons, quotes and control characters');

/** Names and their secrets, as `ha1:…`, `scrypt:…` or in plain. */
export const users = z.record(userName, secret, { error: `names and their passwords: { name: 'env:PASSWORD' }` });

function find(text: string): Found {
  if (text.startsWith('env:')) return fromEnvironment(text.slice('env:'.length));
  if (text.startsWith('file:')) return fromFile(text.slice('file:'.length));
  return checked(text);
}

function fromEnvironment(name: string): Found {
  const value = process.env[name];
  return value ? checked(value) : { expected: `the environment variable ${name} to hold a password`, got: 'nothing' };
}

function fromFile(path: string): Found {
  try {
    return checked(readFileSync(path, 'utf8').replace(/\r?\n$/, ''));
  } catch {
    return { expected: `a password in the file ${path}`, got: 'no file that can be read' };
  }
}

function checked(text: string): Found {
  const known = Object.entries(WRITTEN).find(([prefix]) => text.startsWith(prefix))?.[1];
  if (known && !known.pattern.test(text)) return { expected: known.expected, got: 'other text' };
  if (text === '' || text.length > LONGEST_PASSWORD || /\p{Cc}/u.test(text))
    return { expected: `a password of 1 to ${LONGEST_PASSWORD} letters on one line`, got: `${text.length} letters` };
  return { secret: text };
}
