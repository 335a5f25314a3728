// Client addresses: ranges of them, one way of writing each, and who it really is behind proxies that are trusted.

import { BlockList, isIP } from 'node:net';
import { PumpError } from '../errors.ts';

/** Nobody stands behind more proxies; the rest of what is told of them is made up. */
export const MOST_PROXIES = 16;

export type Range = (address: string) => boolean;

/** Whether an address is one of these addresses and networks (`10.0.0.0/8`, `::1`, `localhost`). */
export function range(list: readonly string[]): Range {
  const block = new BlockList();
  for (const entry of list) {
    if (entry === 'localhost') {
      add(block, '127.0.0.0/8');
      add(block, '::1');
    } else {
      add(block, entry);
    }
  }
  return (address) => {
    const family = familyOf(address);
    return family !== undefined && block.check(address, family);
  };
}

function add(block: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = familyOf(address);
  if (!family || rest.length > 0)
    throw new PumpError('usage', `'${entry}' is no address or range such as '10.0.0.0/8' or '::1'`);
  if (bits === undefined) return block.addAddress(address, family);
  const most = family === 'ipv4' ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most)
    throw new PumpError('usage', `'${entry}' is no range: what stands after the '/' goes from 0 to ${most}`);
  block.addSubnet(address, Number(bits), family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

/** An IPv4 address that came in over a dual-stack socket (`::ffff:192.0.2.1`) as people know it; no zone. */
export function plain(address: string): string {
  const [bare = ''] = address.split('%');
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare) ?? [];
  return mapped ?? bare;
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
