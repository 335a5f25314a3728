// How many connections one process may hold: what the system lets it open, less what it needs for itself.

import { readFileSync } from 'node:fs';

/** Where the system does not say. */
const USUAL = 10_000;
/** Sources, files, pipes, the log. */
const OWN_FILES = 100;
const LEAST = 100;

export function mostConnections(): number {
  try {
    const [, files] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return files === undefined ? USUAL : Math.max(LEAST, Number(files) - OWN_FILES);
  } catch {
    return USUAL;
  }
}
