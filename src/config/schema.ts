// The whole configuration as a schema: what may be written, and what the pump gets of it: numbers instead of '15s', every
// default filled in, passwords fetched. Strict about unknown keys.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { misfit } from '../certificate.ts';
import { explain } from '../errors.ts';
import { time } from '../amounts.ts';
import { networkInterface } from '../datagrams/interface.ts';
import { hops } from '../sources/told.ts';
import { relay } from './relay.ts';
import { users } from './secrets.ts';
import { access, stream } from './streams.ts';
import {
  EVERY_ADDRESS,
  USUAL_PORTS,
  flag,
  host,
  isForbidden,
  line,
  port,
  range,
  readableFile,
  webAddress,
} from './words.ts';

/** Longer paths are refused by every system. */
const LONGEST_FILE = 4096;

const listener = (usualPort: number) => ({
  host: host.default(EVERY_ADDRESS).describe(`The address that is listened on; '::' is every address, IPv4 too.`),
  port: port.default(usualPort).describe('The port that is listened on; 0: any that is free, which the pump tells.'),
});

const http = z.strictObject(listener(USUAL_PORTS.http));

const https = z
  .strictObject({
    ...listener(USUAL_PORTS.https),
    cert: readableFile
      .exactOptional()
      .describe('A certificate with its chain, in PEM. When the file changes it is taken anew; nobody is cut off.'),
    key: readableFile.exactOptional().describe('The key of the certificate, in PEM.'),
    selfSigned: flag
      .default(false)
      .describe('Instead of both: a certificate that the pump makes for itself and keeps in `certs/`.'),
  })
  .transform(({ host, port, cert, key, selfSigned }, context) => {
    if (!selfSigned && cert !== undefined && key !== undefined) {
      const trouble = mismatch(cert, key);
      if (trouble)
        context.addIssue({
          code: 'custom',
          message: trouble.expected,
          path: [trouble.file],
          params: { got: trouble.got },
        });
      return { host, port, certificate: { cert, key } };
    }
    if (!selfSigned || cert !== undefined || key !== undefined)
      context.addIssue({ code: 'custom', message: `both 'cert' and 'key', or 'selfSigned: true' alone` });
    return { host, port, certificate: 'self-signed' as const };
  });

function mismatch(cert: string, key: string): ReturnType<typeof misfit> {
  try {
    return misfit({ cert: readFileSync(cert), key: readFileSync(key) });
  } catch (error) {
    if (isForbidden(error)) return undefined;
    return { file: 'cert', expected: 'files that can be read', got: explain(error) };
  }
}

const bypassed = z
  .string({ error: 'a host, a range or a domain ending' })
  .regex(/^[\w.:*/-]{1,253}$/, `a host, a range such as '10.0.0.0/8', or an ending such as '.example.org'`);

const proxy = z.union(
  [
    webAddress.transform((url) => ({ url, bypass: [] })),
    z.strictObject({
      url: webAddress.describe('Where the proxy is.'),
      bypass: z
        .array(bypassed, { error: `a list such as ['10.0.0.0/8', 'localhost']` })
        .default([])
        .describe(`What is asked directly: hosts, '.domain' endings, addresses and ranges.`),
    }),
  ],
  { error: `a URL such as 'http://proxy.example:8080', or { url, bypass }` },
);

/** useradd(8) takes no other names. */
const ACCOUNT = "a name such as 'stream-pump', of a user or group of this machine";
const account = z.string({ error: ACCOUNT }).regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, ACCOUNT);

const accessLog = z.strictObject({
  file: line(LONGEST_FILE)
    .min(1, 'the path of a file')
    .describe('Written to at its end; opened anew at SIGUSR2, for logrotate.'),
  format: z
    .enum(['combined', 'json'], { error: `'combined' or 'json'` })
    .default('combined')
    .describe(
      `'combined': as Apache and nginx write it; 'json': an object a line, with all that is known of the visit.`,
    ),
});

const offers = z.strictObject({
  strict: flag
    .default(false)
    .describe('An offer that takes nothing of the stream is refused (406), instead of being told all the same.'),
});

const announce = z
  .strictObject({
    every: time({ least: '5s', most: '1h' })
      .prefault('30s')
      .describe('How often each is announced; less often where there are very many.'),
    interface: networkInterface
      .exactOptional()
      .describe('By which network interface, by name or address; without it the routes decide.'),
    ttl: hops.default(1).describe('How many networks an announcement may pass through; 1: this one.'),
  })
  .transform(({ every, ...how }) => ({ everyMs: every, ...how }));

/** More than machines have cores for. */
const MOST_WORKERS = 256;
const WORKERS = `a number of processes from 0 to ${MOST_WORKERS}, or 'auto' for one on each core`;

const written = z.strictObject({
  http: http
    .exactOptional()
    .describe('Plain HTTP. Where neither `http` nor `https` is named, it is there as if it were.'),
  https: https.exactOptional().describe('HTTP over TLS; without it there is none.'),
  user: account
    .exactOptional()
    .describe(
      'Whom a pump that is started as root becomes as soon as it listens, so on ports below 1024 too; before any source is opened.',
    ),
  group: account.exactOptional().describe("The group that it goes by then; without it the user's own."),
  workers: z
    .union([z.literal('auto'), z.int().min(0).max(MOST_WORKERS)], { error: WORKERS })
    .default(0)
    .describe(
      `Processes that serve viewers, 'auto' for one on each core; 0: one does everything. SIGHUP has them take over a new build one by one.`,
    ),
  redirect404To: webAddress
    .exactOptional()
    .describe('Where browsers and players are sent that ask for what is not there; without it they get a 404.'),
  proxy: proxy
    .exactOptional()
    .describe('The HTTP proxy that pulls and SDP are fetched through: its URL, or that and what is asked directly.'),
  trustProxy: z
    .array(range, { error: `a list of addresses and ranges such as ['10.0.0.0/8']` })
    .default([])
    .describe(
      'Reverse proxies in front of the pump: believed about the address of their clients, and the scheme, host and path prefix that these used.',
    ),
  relay: relay
    .exactOptional()
    .describe('Multicast groups that viewers may name by address (/GROUP/PORT, /udp/…, /rtp/…); without it none.'),
  admin: z
    .strictObject({
      ...access,
      users: users.describe('Names and their passwords, written as everywhere; there is nobody else.'),
    })
    .exactOptional()
    .describe(
      'Who may restart sources, switch streams on and off, send viewers away and see them one by one; without it nobody may.',
    ),
  metrics: z.strictObject(access).exactOptional().describe('Who may read `/metrics`; without it everybody.'),
  accessLog: accessLog
    .exactOptional()
    .describe('A line for each viewer when it has left; without it these are in the log alone (`viewer left`).'),
  offers: offers.exactOptional().describe('How SDP offers are answered that ask where a stream is multicast.'),
  announce: announce
    .exactOptional()
    .describe(
      'Announces by SAP where streams are multicast that everybody may watch, so that VLC lists them; without it they are not.',
    ),
  streams: z
    .array(stream, { error: `a list of streams: [{ path: 'video', type: 'push' }]` })
    .min(1, 'at least one stream')
    .describe('What is streamed.'),
});

/** Who names no listener gets the usual one; who wants TLS alone names `https` alone. */
export const schema = written.transform(({ http: plain, https: secure, ...others }) => ({
  ...others,
  ...((plain || !secure) && { http: plain ?? http.parse({}) }),
  ...(secure && { https: secure }),
}));

/** What is written: in a file, by hand. */
export type ConfigInput = z.input<typeof schema>;
/** What it comes to. */
export type Config = z.output<typeof schema>;
