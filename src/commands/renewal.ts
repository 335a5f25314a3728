// SIGHUP: the configuration is read anew. With a mistake in it, all mistakes are logged and the pump goes on as it is.

import type { Logger } from 'pino';
import { type Config, readConfig } from '../config.ts';
import { explain } from '../errors.ts';

type Work = () => Promise<void>;

/** What a hang-up is to call. Where one comes while the file is being read, the file is read once more afterwards. `reloading` does the
 *  work, and tells the service manager when it begins and when it is done. */
export function renewal(
  file: string,
  log: Logger,
  renew: (config: Config) => Promise<void>,
  reloading: (work: Work) => Promise<void>,
): () => void {
  let isRunning = false;
  let isWanted = false;
  const run = async () => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await reloading(() => once(file, log, renew));
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}

/** Never rejects: a file that is not right must not end a pump that is. */
async function once(file: string, log: Logger, renew: (config: Config) => Promise<void>): Promise<void> {
  log.info({ file }, 'reading the configuration anew');
  try {
    const judged = await readConfig(file);
    if ('config' in judged) {
      for (const warning of judged.warnings) log.warn({ warning }, 'configuration');
      return await renew(judged.config);
    }
    for (const mistake of judged.mistakes) log.error({ file, mistake }, 'mistake in the configuration');
    log.error({ file, mistakes: judged.mistakes.length }, 'the configuration stays as it was');
  } catch (error) {
    log.error({ file, reason: explain(error) }, 'the configuration stays as it was');
  }
}
