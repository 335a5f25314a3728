// What is right in each stream, or listener, and wrong between them. Looked for in what was written, not in what the schema made of it:
// one stream's mistakes shall not hide another's.

import { isIPv4 } from 'node:net';
import { type Mistake, isEntries, streamsIn } from './mistakes.ts';
import { EVERY_ADDRESS, USUAL_PORTS } from './words.ts';

/** The address that encoders send `x` to is `x_push`: see README, Addresses. */
const PUSH_ADDRESS = '_push';

export function clashes(raw: unknown): Mistake[] {
  return [...ofListeners(raw), ...ofStreams(raw)];
}

/** With both under one port the pump would be told at its start that another program listens there: itself. */
function ofListeners(raw: unknown): Mistake[] {
  const { http, https } = isEntries(raw) ? raw : {};
  if (!isEntries(http) || !isEntries(https)) return [];
  const { host: plainHost = EVERY_ADDRESS, port: plainPort = USUAL_PORTS.http } = http;
  const { host = EVERY_ADDRESS, port = USUAL_PORTS.https } = https;
  if (port !== plainPort || port === 0 || !(isWithin(host, plainHost) || isWithin(plainHost, host))) return [];
  return [{ path: ['https', 'port'], text: `expected a port of its own, got ${String(port)}, which is http's` }];
}

/** Is who listens there in the way of who listens at `one`? */
function isWithin(one: unknown, wide: unknown): boolean {
  return one === wide || wide === EVERY_ADDRESS || (wide === '0.0.0.0' && typeof one === 'string' && isIPv4(one));
}

/** Paths are compared without regard to case, since addresses are. Streams that are switched off are in nobody's way. */
function ofStreams(raw: unknown): Mistake[] {
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
