// Client addresses: one way of writing each, and who it really is behind proxies that are trusted.

import { isIP } from 'node:net';
import type { Range } from '../../range.ts';
import { addressBytes } from '../../sdp/address-bytes.ts';

/** Nobody stands behind more proxies; the rest of what is told of them is made up. */
export const MOST_PROXIES = 16;

/** An IPv4 address that came in over a dual-stack socket (`::ffff:192.0.2.1`) as people know it; no zone. */
export function plain(address: string): string {
  const [bare = ''] = address.split('%');
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare) ?? [];
  return mapped ?? bare;
}

/** Whose address it is: of IPv6 everybody has a network of 64 bits, and may come from another address in it each time. */
export function household(address: string): string {
  return isIP(address) === 6 ? addressBytes(address).toString('hex', 0, 8) : address;
}

export interface Caller {
  readonly address: string;
  /** how many trusted proxies stand between */
  readonly proxies: number;
}

/** Who it is: each trusted proxy in the chain is believed about the one before it, nobody else is.
 *  Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
export function caller(peer: string | undefined, forwarded: readonly string[], isTrusted: Range): Caller {
  let address = plain(peer ?? '');
  let proxies = 0;
  const hops = forwarded.slice(-MOST_PROXIES);
  while (isTrusted(address)) {
    proxies += 1;
    const hop = hops.pop()?.trim() ?? '';
    const [, bracketed, v4] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
    const next = plain(bracketed ?? v4 ?? hop);
    if (!isIP(next)) break;
    address = next;
  }
  return { address, proxies };
}
