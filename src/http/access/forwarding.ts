// What trusted proxies tell about a request that they pass on: for whom, and which scheme, host and path that client used. They
// say it by the X-Forwarded headers, or by `Forwarded` (RFC 7239); where any of the former is there the latter is not looked at,
// since a proxy that knows one kind passes on whatever its clients say in the other.

import type { IncomingMessage } from 'node:http';
import type { Range } from '../../range.ts';
import { type Caller, caller, MOST_PROXIES, plain } from './addresses.ts';

/** A name of 253 letters, and room for an address and what else may be said of one hop. */
const LONGEST_ENTRY = 512;

export interface Forwarding extends Caller {
  /** as they were told, unjudged */
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: string;
  readonly prefix?: string;
}

export function readForwarding(req: IncomingMessage, isTrusted: Range): Forwarding {
  const peer = req.socket.remoteAddress;
  if (!isTrusted(plain(peer ?? ''))) return caller(peer, [], isTrusted);
  const told = (name: string) => listOf(req.headersDistinct[`x-forwarded-${name}`]);
  const [fors, schemes, hosts, ports] = ['for', 'proto', 'host', 'port'].map(told);
  const isOld = [fors, schemes, hosts, ports].some((list) => list !== undefined);
  const standard = isOld ? [] : readForwarded(listOf(req.headersDistinct['forwarded']) ?? []);
  const { address, proxies } = caller(peer, fors ?? standard.map((hop) => hop['for'] ?? ''), isTrusted);
  const of = (name: string) => standard.map((hop) => hop[name]);
  return {
    address,
    proxies,
    ...named('scheme', farthest(schemes ?? of('proto'), proxies)),
    ...named('host', farthest(hosts ?? of('host'), proxies)),
    ...named('port', farthest(ports ?? [], proxies)),
    ...named('prefix', farthest(told('prefix') ?? [], proxies)),
  };
}

const named = (key: string, value: string | undefined) => (value === undefined ? {} : { [key]: value });

/** What the trusted proxy that is nearest to the client says. Proxies put what they say after what was said before, or in its
 *  place: the last `proxies` entries are theirs. */
function farthest(list: readonly (string | undefined)[], proxies: number): string | undefined {
  return list.slice(-proxies).find((entry) => entry !== undefined && entry !== '');
}

/** A list of words, or of pairs whose values may be quoted (RFC 9110 5.6.1): commas in quotes part nothing. A quote that
 *  nobody ends goes to the end, so that hostile text is read but once. */
function listOf(lines: readonly string[] | undefined): string[] | undefined {
  const entries = lines?.join(',').match(/(?:"(?:[^"\\]|\\.?)*(?:"|$)|[^",])+/g);
  return entries?.slice(-MOST_PROXIES).map((entry) => (entry.length > LONGEST_ENTRY ? '' : entry.trim()));
}

/** `for=192.0.2.60;proto=http;host="pump.example:8086"` as names and values; what is not of this form says nothing. */
function readForwarded(elements: readonly string[]): Readonly<Record<string, string | undefined>>[] {
  const pair = /(?:^|;)\s*([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))\s*(?=;|$)/gi;
  return elements.map((element) =>
    Object.fromEntries(
      [...element.matchAll(pair)].map(([, name = '', quoted, token]) => [
        name.toLowerCase(),
        quoted?.replaceAll(/\\(.)/g, '$1') ?? token,
      ]),
    ),
  );
}
