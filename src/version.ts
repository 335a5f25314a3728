// The version, from the package's own description, which lies beside both src and dist.

import { readFileSync } from 'node:fs';
import { z } from 'zod';

const description = z.object({ version: z.string() });

export function version(): string {
  return description.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
}
