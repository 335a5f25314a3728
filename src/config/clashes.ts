// What is right in each stream and wrong between them. Looked for in what was written, not in what the schema made of it:
// one stream's mistakes shall not hide another's.

import { type Mistake, isEntries, streamsIn } from './mistakes.ts';

/** The address that encoders send `x` to is `x_push`: see README, Addresses. */
const PUSH_ADDRESS = '_push';

/** Paths are compared without regard to case, since addresses are. Streams that are switched off are in nobody's way. */
export function clashes(raw: unknown): Mistake[] {
  const taken = new Map<string, number>();
  const paths = streamsIn(raw).map((stream) =>
    isEntries(stream) && stream['enabled'] !== false && typeof stream['path'] === 'string' ? stream['path'] : undefined,
  );
  for (const [n, path] of paths.entries())
    if (path !== undefined && !taken.has(path.toLowerCase())) taken.set(path.toLowerCase(), n);

  return paths.flatMap((path, n) => {
    if (path === undefined) return [];
    const at = ['streams', n, 'path'];
    const same = taken.get(path.toLowerCase());
    if (same !== n)
      return [{ path: at, text: `expected a path of its own, got '${path}', which is streams[${same}]'s` }];
    const pushed = path.toLowerCase().endsWith(PUSH_ADDRESS)
      ? taken.get(path.toLowerCase().slice(0, -PUSH_ADDRESS.length))
      : undefined;
    if (pushed === undefined) return [];
    return [
      { path: at, text: `expected another path, got '${path}', which is where encoders push streams[${pushed}] to` },
    ];
  });
}
