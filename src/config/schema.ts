// The whole configuration as a schema: what may be written, and what the pump gets of it: numbers instead of '15s', every
// default filled in, passwords fetched. Strict about unknown keys.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { explain } from '../errors.ts';
import { time } from '../measures.ts';
import { networkInterface } from '../sources/multicast-options.ts';
import { hops } from '../sources/told.ts';
import { stream } from './streams.ts';
import { flag, host, port, range, readableFile, webAddress } from './words.ts';

const listener = (usualPort: number) => ({ host: host.default('::'), port: port.default(usualPort) });

const http = z.strictObject(listener(8086));

const https = z
  .strictObject({
    ...listener(8089),
    cert: readableFile.exactOptional(),
    key: readableFile.exactOptional(),
    selfSigned: flag.default(false),
  })
  .transform(({ host, port, cert, key, selfSigned }, context) => {
    if (!selfSigned && cert !== undefined && key !== undefined) {
      const trouble = mismatch(cert, key);
      if (trouble)
        context.addIssue({
          code: 'custom',
          message: 'a certificate and its key',
          path: ['cert'],
          params: { got: trouble },
        });
      return { host, port, certificate: { cert, key } };
    }
    if (!selfSigned || cert !== undefined || key !== undefined)
      context.addIssue({ code: 'custom', message: `both 'cert' and 'key', or 'selfSigned: true' alone` });
    return { host, port, certificate: 'self-signed' as const };
  });

function mismatch(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
    return undefined;
  } catch (error) {
    return `files that TLS does not take (${explain(error)})`;
  }
}

const bypassed = z
  .string({ error: 'a host, a range or a domain ending' })
  .regex(/^[\w.:*/-]{1,253}$/, `a host, a range such as '10.0.0.0/8', or an ending such as '.example.org'`);

const proxy = z.union(
  [
    webAddress.transform((url) => ({ url, bypass: [] })),
    z.strictObject({
      url: webAddress,
      bypass: z.array(bypassed, { error: `a list such as ['10.0.0.0/8', 'localhost']` }).default([]),
    }),
  ],
  { error: `a URL such as 'http://proxy.example:8080', or { url, bypass }` },
);

const offers = z.strictObject({ strict: flag.default(false) });

const announce = z
  .strictObject({
    every: time({ least: '5s', most: '1h' }).prefault('30s'),
    interface: networkInterface.exactOptional(),
    ttl: hops.default(1),
  })
  .transform(({ every, ...how }) => ({ everyMs: every, ...how }));

const NO_WORKERS = '0: this version does everything in one process';

const written = z.strictObject({
  http: http.exactOptional(),
  https: https.exactOptional(),
  workers: z.literal(0, { error: NO_WORKERS }).default(0),
  redirect404To: webAddress.exactOptional(),
  proxy: proxy.exactOptional(),
  trustProxy: z.array(range, { error: `a list of addresses and ranges such as ['10.0.0.0/8']` }).default([]),
  offers: offers.exactOptional(),
  announce: announce.exactOptional(),
  streams: z
    .array(stream, { error: `a list of streams: [{ path: 'video', type: 'push' }]` })
    .min(1, 'at least one stream'),
});

/** Who names no listener gets the usual one; who wants TLS alone names `https` alone. */
export const schema = written.transform(({ http: plain, https: secure, ...others }) => ({
  ...others,
  ...(plain || !secure ? { http: plain ?? http.parse({}) } : {}),
  ...(secure ? { https: secure } : {}),
}));

/** What is written: in a file, by hand. */
export type ConfigInput = z.input<typeof schema>;
/** What it comes to. */
export type Config = z.output<typeof schema>;
