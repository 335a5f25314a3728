// Whether the program's files are still those that the workers were started from.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));

/** Another text where a file was written anew. Files that are just being written are not there for a moment. */
export async function build(): Promise<string> {
  const names = await readdir(HERE, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.js')).toSorted();
  const told = await Promise.all(
    files.map(async (name) => {
      const found = await stat(join(HERE, name)).catch(() => undefined);
      return `${name} ${found?.size} ${found?.mtimeMs}`;
    }),
  );
  return told.join('\n');
}
