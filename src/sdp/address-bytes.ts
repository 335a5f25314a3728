// An IP address as it stands in a packet: 4 or 16 bytes.

import { SocketAddress, isIPv4 } from 'node:net';

export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // The system's own way of writing one has at most one `::`, which stands for as many zeros as are missing.
  const plain = new SocketAddress({ address: address.replace(/%.*/, ''), family: 'ipv6' }).address;
  const [left = [], right = []] = plain.split('::').map(groups);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Buffer.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(half: string): number[] {
  return half === '' ? [] : half.split(':').flatMap(group);
}

/** Two of them may be written as an IPv4 address. */
function group(text: string): number[] {
  if (!text.includes('.')) return [Number.parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
