// A source's parts when each is due by the stream's own clock, as if it were live: again and again where the source
// repeats, with its times carried on.

import type { Clock } from '../clock.ts';
import type { Container, Part, Splice } from '../containers/container.ts';
import { PumpError } from '../errors.ts';
import { Pace } from './pace.ts';
import { partsOf } from './parts.ts';
import type { Source } from './source.ts';

/** `accept` throws at a container that the caller has no use for. Pipes are paced too: what writes into one may be a mere
 *  `cat`. */
export async function* paced(
  source: Source,
  clock: Clock,
  accept: (container: Container) => void,
  signal: AbortSignal,
): AsyncGenerator<Part> {
  const pace = new Pace(clock);
  let splice: Splice | undefined;
  do {
    const { container, parts } = await partsOf(await source.open(signal));
    accept(container);
    splice ??= container.splice();
    let units = 0;
    for await (const raw of parts) {
      const part = splice(raw, clock.now());
      if (part.kind === 'unit') {
        units += 1;
        if (part.atMs !== undefined) await pace.until(part.atMs, signal);
      }
      signal.throwIfAborted();
      yield part;
    }
    if (units === 0) throw new PumpError('malformed', `${source.url} holds nothing to send but a header`);
  } while (source.afterwards === 'repeat');
}
