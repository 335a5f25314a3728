// Bytes of a client, read by a real HTTP server: what the manners are given of them.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Ask, WatchAnswer } from '../../../src/containers/manners.ts';

export function sample(name: string): Buffer {
  return readFileSync(new URL(`../../samples/${name}`, import.meta.url));
}

/** A request as lines, without their ends. */
export function lines(...all: string[]): Buffer {
  return Buffer.from([...all, '', ''].join('\r\n'), 'latin1');
}

export async function asked(bytes: Buffer): Promise<Ask> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    client.write(bytes);
    const request = await new Promise<IncomingMessage>((resolve, reject) => {
      server.once('request', resolve);
      server.once('clientError', reject);
    });
    const { method = '', url = '', httpVersion, headersDistinct: headers } = request;
    return { method, url, httpVersion, headers };
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

export function headersOf(answer: WatchAnswer | undefined) {
  return answer && 'headers' in answer ? answer.headers : {};
}

export function ask(part: { method?: string; url?: string; headers?: Record<string, string | string[]> }): Ask {
  const headers = Object.entries(part.headers ?? {}).map(([name, value]) => [name, [value].flat()]);
  return {
    method: part.method ?? 'GET',
    url: part.url ?? '/streams/hall',
    httpVersion: '1.1',
    headers: Object.fromEntries(headers),
  };
}

/** As Windows Media Player 12 describes itself, in [MS-WMSP]. */
export const wmp12 = {
  'user-agent': 'NSPlayer/12.0.7601.17514 WMFSDK/12.0',
  'x-accept-authentication': 'Negotiate, NTLM, Digest, Basic',
  supported:
    'com.microsoft.wm.srvppair, com.microsoft.wm.sswitch, com.microsoft.wm.predstrm, com.microsoft.wm.startupprofile',
  pragma: [
    'version11-enabled=1',
    'no-cache,rate=1.000,stream-time=0,stream-offset=0:0,packet-num=4294967295,max-duration=0',
    'packet-pair-experiment=1',
    'pipeline-experiment=1',
    'xClientGUID={3300AD50-2C39-46C0-AE0A-5D8A3C5F1F36}',
  ],
};
