// How many connections one process may hold: what the system lets it open, less what it needs for itself. And the warning when it has
// no file left all the same.

import { close, open, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { every } from '../clock.ts';
import { codeOf } from '../errors.ts';
import type { Means } from './means.ts';

/** Where the system does not say. */
const USUAL = 10_000;
/** Sources, files, pipes, the log. */
const OWN_FILES = 100;
const LEAST = 100;
const LOOK_MS = 1000;
/** It is over when it has been so for so long: at the brink files come and go. */
const OVER_MS = 10_000;

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

/** Whom there is no file for, libuv accepts and hangs up on by itself (`uv__emfile_trick`), and Node is told of none. So it is looked
 *  again and again whether one more can be opened. */
export function watchFiles({ log, clock }: Pick<Means, 'log' | 'clock'>): () => void {
  let shortAtMs: number | undefined;
  const found = (isShort: boolean) => {
    const nowMs = clock.now();
    if (isShort) {
      if (shortAtMs === undefined)
        log.warn({ advice: 'LimitNOFILE= in the unit, or ulimit -n' }, 'no file can be opened: nobody comes in');
      shortAtMs = nowMs;
    } else if (shortAtMs !== undefined && nowMs - shortAtMs >= OVER_MS) {
      log.info('files can be opened again');
      shortAtMs = undefined;
    }
  };
  return every(clock, LOOK_MS, () =>
    open(devNull, 'r', (error, file) => {
      if (!error) close(file);
      found(['EMFILE', 'ENFILE'].includes(codeOf(error) ?? ''));
    }),
  );
}
