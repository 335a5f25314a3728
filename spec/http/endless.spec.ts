// Which pushes have no end but that of their connection, and that this is one, however it comes.

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { endless, isEndless } from '../../src/http/endless.ts';
import { listening } from '../support/listening.ts';
import { request } from './stage.ts';

const EXPECT = { Expect: '100-Continue' };

async function asked(headers: Readonly<Record<string, string>>) {
  const server = createServer();
  const client = connect({ port: await listening(server), host: '127.0.0.1' });
  onTestFinished(() => void client.destroy());
  const both = new Promise<{ req: IncomingMessage; res: ServerResponse }>((resolve) => {
    for (const event of ['request', 'checkContinue'] as const)
      server.once(event, (req: IncomingMessage, res: ServerResponse) => resolve({ req, res }));
  });
  client.write(request('PUT /', headers));
  return { client, ...(await both) };
}

it.each([
  [EXPECT, true],
  [{}, false],
  [{ ...EXPECT, 'Content-Length': '3' }, false],
  [{ ...EXPECT, 'Transfer-Encoding': 'chunked' }, false],
])('a push with %j is one: %s', async (headers, is) => {
  const { req } = await asked(headers);
  expect(isEndless(req)).toBe(is);
});

it.each(['end', 'resetAndDestroy'] as const)('is over with its connection: %s', async (how) => {
  const { client, ...context } = await asked(EXPECT);
  const body = endless(context);
  let bytes = '';
  body.setEncoding('latin1').on('data', (more: string) => (bytes += more));
  const over = new Promise((resolve) => body.once('end', resolve));
  client.write('GET / HTTP/1.1\r\n\r\n');
  while (bytes === '') await new Promise(setImmediate);
  client[how]();
  await over;
  expect(bytes).toBe('GET / HTTP/1.1\r\n\r\n');
});
