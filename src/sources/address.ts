// Addresses that are pulled from: http, https, http over a Unix socket, and the schemes of containers' own manners
// (`mmsh`, `mms`), which are HTTP as well.

import type { Container } from '../containers/container.ts';
import { containers } from '../containers/index.ts';
import { PumpError } from '../errors.ts';
import { withoutCredentials } from '../log.ts';
import { type Credentials, credentialsOf, decoded } from './digest.ts';

export interface Address {
  /** for logs, status and errors: without credentials */
  readonly shown: string;
  /** where and what, as http or https and without credentials */
  readonly url: URL;
  readonly socketPath?: string;
  readonly credentials?: Credentials;
  /** the container whose scheme this is */
  readonly container?: Container;
  /** what another program opens it by, credentials and all; nothing where it takes our own ways */
  readonly plain?: string;
}

/** Longer ones are cut or refused by servers, and would make of a log line a page. */
const LONGEST_ADDRESS = 2048;
const UNIX = /^http\+unix:\/\/([^/?#@]+)(.*)$/i;
const SCHEME = /^([a-z][a-z0-9+.-]*):(.*)$/is;
const KNOWN = "'http://…', 'https://…', 'mmsh://…', 'mms://…' or 'http+unix://%2Fpath%2Fof.sock/…'";

/** What is said of an address that cannot be one. */
export const EXPECTED = `an address such as ${KNOWN}`;

export function readAddress(text: string): Address | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  const unix = UNIX.exec(text);
  if (unix) return unixAddress(text, unix[1] ?? '', unix[2] ?? '');
  const [, scheme = '', rest = ''] = SCHEME.exec(text) ?? [];
  const container = containerOf(scheme.toLowerCase());
  const plain = container ? `http:${rest}` : text;
  if (!/^https?:\/\/[^/]/i.test(plain) || !URL.canParse(plain)) return undefined;
  const url = new URL(plain);
  const credentials = credentialsOf(url);
  url.username = '';
  url.password = '';
  return {
    shown: withoutCredentials(text),
    url,
    ...(credentials && { credentials }),
    ...(container ? { container } : { plain: text }),
  };
}

/** Where a reply sends us on to. Credentials go along only to the very same server: never to another host, and never in
 *  the open where they were asked for under TLS. A Unix socket is nothing that a server may send us to. */
export function follow(from: Address, location: string): Address {
  const [, scheme = ''] = SCHEME.exec(location) ?? [];
  const isOurs = containerOf(scheme.toLowerCase()) !== undefined;
  const absolute = isOurs ? location : URL.canParse(location, from.url.href) && new URL(location, from.url).href;
  const to = absolute && !UNIX.test(absolute) ? readAddress(absolute) : undefined;
  if (!to) {
    const told = `${from.shown} sends on to ${withoutCredentials(location.slice(0, 200))}, which cannot be pulled from`;
    throw new PumpError('upstream failed', told);
  }
  if (to.url.origin !== from.url.origin) return to;
  return {
    ...to,
    ...(from.socketPath !== undefined && {
      socketPath: from.socketPath,
      shown: `${from.shown} (${to.url.pathname})`,
    }),
    ...(from.credentials && !to.credentials && { credentials: from.credentials }),
  };
}

function containerOf(scheme: string): Container | undefined {
  return containers.find(({ manners }) => manners?.pull?.schemes.includes(scheme));
}

function unixAddress(text: string, host: string, rest: string): Address | undefined {
  const path = decoded(host);
  if (!path?.startsWith('/') || (rest !== '' && !rest.startsWith('/'))) return undefined;
  return { shown: text, url: new URL(`http://localhost${rest}`), socketPath: path };
}
