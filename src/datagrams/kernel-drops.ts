// How many datagrams Linux threw away before this process could take them, as it counts them for each socket in /proc/net/udp
// and udp6 (proc_net_udp(5)). Other systems do not tell it of a single socket.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Group } from './group.ts';

/** Node does not tell a socket's descriptor: a socket is found by its port, among those of this process that nobody has
 *  found before. */
const found = new Set<string>();

export interface KernelDrops {
  /** undefined: not to be had */
  count(): number | undefined;
  letGo(): void;
}

/** To be called as soon as the socket is bound, before any other is on this port. */
export function kernelDropsOf(family: Group['family'], port: number): KernelDrops {
  const own = ownSockets();
  const socket = rowsOf(family, port).find(({ inode }) => own.has(inode) && !found.has(inode));
  if (!socket) return { count: () => undefined, letGo: () => {} };
  const { inode } = socket;
  found.add(inode);
  return {
    count: () => rowsOf(family, port).find((row) => row.inode === inode)?.drops,
    letGo: () => void found.delete(inode),
  };
}

interface Row {
  readonly inode: string;
  readonly drops: number;
}

const LOCAL_ADDRESS = 1;
const INODE = 9;
const DROPS = 12;

function rowsOf(family: Group['family'], port: number): Row[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return linesOf(`/proc/self/net/udp${family === 6 ? '6' : ''}`).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const { [INODE]: inode, [DROPS]: drops } = fields;
    const isHere = fields[LOCAL_ADDRESS]?.endsWith(ending) === true && inode !== undefined && drops !== undefined;
    return isHere ? [{ inode, drops: Number(drops) }] : [];
  });
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}

function ownSockets(): Set<string> {
  try {
    return new Set(readdirSync('/proc/self/fd').flatMap(inodeOf));
  } catch {
    return new Set();
  }
}

function inodeOf(descriptor: string): string[] {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`)) ?? [];
    return inode === undefined ? [] : [inode];
  } catch {
    return []; // closed meanwhile
  }
}
