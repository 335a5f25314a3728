// What the address of a file source means: a path, stdin, or a socket to call or to be called on.

import { fileURLToPath } from 'node:url';
import type { Door } from './dial.ts';

export type Place =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'socket'; readonly door: Door; readonly listen: boolean };

export const EXPECTED = "a path, '-', 'tcp://HOST:PORT', 'tcp://HOST:PORT?listen', 'unix:/PATH' or 'unix:/PATH?listen'";

/** Longer paths are refused by every system. */
const LONGEST_PATH = 4096;
/** Room in a socket address (`sun_path` on Linux); what is longer is cut in silence by the system. */
const LONGEST_SOCKET_PATH = 107;
const TCP = /^tcp:\/\/(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})\/?(\?listen)?$/i;
const UNIX = /^unix:(?:\/\/)?(.+?)(\?listen)?$/i;

export function readPlace(text: string): Place | undefined {
  if (text === '-') return { kind: 'stdin' };
  if (/^tcp:/i.test(text)) return tcp(text);
  if (/^unix:/i.test(text)) return unix(text);
  if (/^file:/i.test(text)) return fileUrl(text);
  const isOther = /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
  return isOther || text === '' || text.length > LONGEST_PATH || text.includes('\0')
    ? undefined
    : { kind: 'path', path: text };
}

function tcp(text: string): Place | undefined {
  const [, six, name, digits = '', listen] = TCP.exec(text) ?? [];
  const host = six ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (port === 0 && !listen)) return undefined;
  return { kind: 'socket', door: { host, port }, listen: listen !== undefined };
}

function unix(text: string): Place | undefined {
  const [, path = '', listen] = UNIX.exec(text) ?? [];
  if (path === '' || Buffer.byteLength(path) > LONGEST_SOCKET_PATH || path.includes('\0')) return undefined;
  return { kind: 'socket', door: { path }, listen: listen !== undefined };
}

function fileUrl(text: string): Place | undefined {
  try {
    return { kind: 'path', path: fileURLToPath(text) };
  } catch {
    return undefined;
  }
}
