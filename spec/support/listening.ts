// A server of a spec's own, for as long as its test lasts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** Has it listen on loopback; resolves with the port. */
export async function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address, 'it has a port');
  return address.port;
}
