// What is right in each stream and wrong between them. Looked for in what was written, not in what the schema made of it:
// one stream's mistakes shall not hide another's.

import { type Entries, type Mistake, isEntries, streamsIn } from './mistakes.ts';

/** The address that encoders send `x` to is `x_push`: see README, Addresses. */
const PUSH_ADDRESS = '_push';

/** Streams that are switched off are in nobody's way. */
export function clashes(raw: unknown): Mistake[] {
  const streams = streamsIn(raw).map((stream) => (isEntries(stream) && stream['enabled'] !== false ? stream : {}));
  return [...ofPaths(streams), ...ofStdin(streams)];
}

/** Each would get what the other leaves. */
function ofStdin(streams: readonly Entries[]): Mistake[] {
  const readers = streams.flatMap(({ type, url }, n) => (type === 'file' && url === '-' ? [n] : []));
  return readers.slice(1).map((n) => ({
    path: ['streams', n, 'url'],
    text: `expected another source, got '-', stdin, which streams[${readers[0]}] reads`,
  }));
}

/** Paths are compared without regard to case, since addresses are. */
function ofPaths(streams: readonly Entries[]): Mistake[] {
  const taken = new Map<string, number>();
  const paths = streams.map(({ path }) => (typeof path === 'string' ? path : undefined));
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
