// What a configuration file imports. Small on purpose: it is loaded beside the pump that loads the file.

import type { ConfigInput } from './config.ts';

export type { ConfigInput as Config } from './config.ts';

/** Returns what it is given; it is there so that editors complete and check it. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
