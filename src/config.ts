// The configuration: its schema, `defineConfig`, fetching it from a file and explaining every mistake at once. Nothing else
// in the pump reads configuration files or the environment; those below get plain values.

import { type Judged, judge } from './config/judge.ts';
import { loadFile } from './config/load.ts';

export type { Config, ConfigInput } from './config/schema.ts';
export type { StreamConfig } from './config/streams.ts';
export { judge };

/** Throws where there is no such file. */
export async function readConfig(file: string): Promise<Judged> {
  const loaded = await loadFile(file);
  return 'mistake' in loaded ? { mistakes: [loaded.mistake] } : judge(loaded.written);
}
