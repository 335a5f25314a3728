// A network interface, told by its name or by one of its addresses, as Node's socket options want it: for IPv4 an address of
// it, for IPv6 a zone. Looked up anew each time, since interfaces come and go.

import { networkInterfaces } from 'node:os';
import { z } from 'zod';
import { PumpError } from '../errors.ts';
import type { Group } from './group.ts';

export type Interfaces = ReturnType<typeof networkInterfaces>;

/** The longest name that a system gives (Windows), and more than any address. */
const LONGEST_INTERFACE = 256;

const INTERFACE = `the name of a network interface such as 'eth1', or one of its addresses`;

/** As an option. */
export const networkInterface = z.string({ error: INTERFACE }).min(1, INTERFACE).max(LONGEST_INTERFACE, INTERFACE);

/** What `addMembership` and `setMulticastInterface` are told. Those that are down or have no address are not there. */
export function interfaceFor(which: string, family: Group['family'], all: Interfaces = networkInterfaces()): string {
  const wanted = which.toLowerCase();
  const found = Object.entries(all).find(
    ([name, addresses = []]) => name === which || addresses.some(({ address }) => address.toLowerCase() === wanted),
  );
  if (!found)
    throw new PumpError('upstream failed', `there is no network interface '${which}' here, only ${listOf(all)}`);
  const [name, addresses = []] = found;
  if (family === 6) return `::%${zoneOf(name, addresses)}`;
  const fours = addresses.filter(({ family: version }) => version === 'IPv4').map(({ address }) => address);
  const four = fours.find((address) => address === which) ?? fours[0];
  if (four === undefined)
    throw new PumpError('upstream failed', `the network interface '${name}' has no IPv4 address to join a group by`);
  return four;
}

/** Windows knows zones by number only, and only link-local addresses tell it. */
function zoneOf(name: string, addresses: NonNullable<Interfaces[string]>): string {
  const numbers = addresses.flatMap(({ family, scopeid }) => (family === 'IPv6' && scopeid > 0 ? [scopeid] : []));
  return process.platform === 'win32' ? String(numbers[0] ?? 0) : name;
}

function listOf(all: Interfaces): string {
  const told = Object.entries(all).map(
    ([name, addresses = []]) => `${name} (${addresses.map(({ address }) => address).join(', ')})`,
  );
  return told.join(', ') || 'none at all';
}
