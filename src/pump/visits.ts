// The access log as the configuration has it at the moment: it may name another file or none while the pump runs.

import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config.ts';
import { explain } from '../errors.ts';
import type { Around } from '../log.ts';
import { type AccessLog, type HttpVisit, openAccessLog } from '../http/access-log.ts';

export interface Visits {
  readonly write: (visit: HttpVisit) => void;
  readonly reopen: () => void;
  /** Where the new one cannot be written, the old one stays. */
  readonly renew: (options: Config['accessLog']) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Rejects where it cannot be written. */
export async function openVisits(first: Config['accessLog'], around: Around): Promise<Visits> {
  const open = async (options: Config['accessLog']): Promise<AccessLog | undefined> =>
    options && openAccessLog(options, around);
  let current = await open(first);
  let now = first;
  return {
    write: (visit) => current?.write(visit),
    reopen: () => current?.reopen(),
    async renew(options) {
      if (isDeepStrictEqual(options, now)) return;
      try {
        const before = current;
        current = await open(options);
        now = options;
        await before?.close();
      } catch (error) {
        around.log.error({ file: options?.file, reason: explain(error) }, 'the access log stays as it was');
      }
    },
    close: async () => current?.close(),
  };
}
