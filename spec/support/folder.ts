// A folder of a spec's own, in the system's for temporary files.

import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Removed `after` all specs of the file, or with the one that it was made in: `afterAll` or `onTestFinished`. */
export function newFolder(after: (remove: () => Promise<void>) => unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'stream-pump-'));
  // A process that has just ended may still write its last.
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
