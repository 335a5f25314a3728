// Addresses and networks as people write them: `192.0.2.7`, `10.0.0.0/8`, `::1`, and `localhost`, which is this machine whatever its
// resolver says.

import { BlockList, isIP } from 'node:net';
import { PumpError } from './errors.ts';

export interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** how many of its bits count; all of a single address */
  readonly bits: number;
}

export type Range = (address: string) => boolean;

const LOCALHOST: readonly Network[] = [
  { address: '127.0.0.0', family: 'ipv4', bits: 8 },
  { address: '::1', family: 'ipv6', bits: 128 },
];

/** Undefined: this is neither an address nor a network. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', digits, ...rest] = text.split('/');
  const family = familyOf(address);
  const most = family === 'ipv4' ? 32 : 128;
  const bits = digits === undefined ? most : /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  return family && rest.length === 0 && bits <= most ? { address, family, bits } : undefined;
}

/** Whether an address is one of these, or in one of these networks. */
export function range(list: readonly string[]): Range {
  const block = new BlockList();
  for (const { address, bits, family } of list.flatMap(networksOf)) block.addSubnet(address, bits, family);
  return (address) => {
    const family = familyOf(address);
    return family !== undefined && block.check(address, family);
  };
}

/** As an address stands in a URL or before a port: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function networksOf(entry: string): readonly Network[] {
  const network = readNetwork(entry);
  if (network) return [network];
  if (entry === 'localhost') return LOCALHOST;
  throw new PumpError('usage', `'${entry}' is no address or range such as '10.0.0.0/8' or '::1'`);
}

function familyOf(address: string): Network['family'] | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}
