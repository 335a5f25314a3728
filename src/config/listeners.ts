// Two listeners where there is room for one. With both at one port the pump would be told at its start that another
// program listens there: itself. Looked for in what was written, as in clashes.ts.

import { isIPv4 } from 'node:net';
import { type Mistake, isEntries } from './mistakes.ts';
import { EVERY_ADDRESS, USUAL_PORTS } from './words.ts';

export function listeners(raw: unknown): Mistake[] {
  const { http, https } = isEntries(raw) ? raw : {};
  if (!isEntries(http) || !isEntries(https)) return [];
  const { host: plainHost = EVERY_ADDRESS, port: plainPort = USUAL_PORTS.http } = http;
  const { host = EVERY_ADDRESS, port = USUAL_PORTS.https } = https;
  if (port !== plainPort || port === 0 || !(isWithin(host, plainHost) || isWithin(plainHost, host))) return [];
  return [{ path: ['https', 'port'], text: `expected a port of its own, got ${String(port)}, which is http's` }];
}

/** Is who listens at `wide` in the way of who listens at `one`? */
function isWithin(one: unknown, wide: unknown): boolean {
  return one === wide || wide === EVERY_ADDRESS || (wide === '0.0.0.0' && typeof one === 'string' && isIPv4(one));
}
