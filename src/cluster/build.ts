// Whether the program's files are still those that the workers were started from.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));

/** Another text where a file was written anew. */
export async function build(): Promise<string> {
  const names = await readdir(HERE, { recursive: true });
  const files = names.filter((name) => name.endsWith('.js')).toSorted();
  const told = await Promise.all(
    files.map(async (name) => {
      const { size, mtimeMs } = await stat(join(HERE, name));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
  return told.join('\n');
}
