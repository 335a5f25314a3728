// How many connections one process may hold: what the system lets it open, less what it needs for itself.

import { readFileSync } from 'node:fs';
import type { Means } from './means.ts';

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

/** Told at the start, not when the first viewer is refused. Of each stream alone: nobody expects all to be full at once, and what a
 *  stream may have is far more than most get, where nothing was configured. */
export function warnOfFiles({ streams, log }: Pick<Means, 'streams' | 'log'>, connections: number): void {
  const enabled = [...streams.values()].filter((stream) => stream.enabled);
  const viewers = Math.max(0, ...enabled.map(({ limits }) => limits.viewers));
  if (viewers <= connections) return;
  const advice = `LimitNOFILE=${viewers + OWN_FILES} in the unit, or ulimit -n`;
  log.warn({ viewers, connections, advice }, 'a stream may have more viewers than there may be open files');
}
