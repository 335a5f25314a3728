// What sends datagrams over the loopback, and what Linux tells of who listens.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Group } from '../../src/datagrams/group.ts';

type Place = Pick<Group, 'family' | 'address' | 'port'>;

export interface Sender {
  send(datagrams: readonly Buffer[]): Promise<void>;
}

/** From this address of the loopback, by it. */
export async function sender({ family, address, port }: Place, from: string = LOOPBACK[family]): Promise<Sender> {
  const socket = createSocket(`udp${family}`);
  socket.bind(0, from);
  await once(socket, 'listening');
  socket.setMulticastInterface(family === 4 ? from : '::%lo');
  onTestFinished(() => void socket.close());
  return {
    send: async (datagrams) => {
      for (const datagram of datagrams) await sendOne(socket, datagram, port, address);
    },
  };
}

const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

function sendOne(socket: Socket, datagram: Buffer, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve()));
  });
}

/** A port of UDP that nobody has. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** How many sockets are bound to a port of UDP over IPv4, as Linux counts them. */
export function listeners(port: number): number {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/self/net/udp', 'latin1').split('\n');
  return rows.filter((row) => row.trim().split(/\s+/)[1]?.endsWith(ending)).length;
}

/** How many sockets of this machine (or of the tests' own network) have joined a group, as Linux counts them. */
export function memberships({ address, family }: Pick<Group, 'address' | 'family'>): number {
  const rows = readFileSync(family === 4 ? '/proc/self/net/igmp' : '/proc/self/net/igmp6', 'latin1').split('\n');
  const group = family === 4 ? hexOfFour(address) : hexOfSix(address);
  return rows.reduce((sum, row) => {
    const fields = row.trim().split(/\s+/);
    const at = fields.findIndex((field) => field.toLowerCase() === group);
    return at < 0 ? sum : sum + Number(fields[at + 1]);
  }, 0);
}

const hexOfFour = (address: string) =>
  Buffer.from(address.split('.').map(Number))
    .toReversed()
    .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');

function hexOfSix(address: string): string {
  const [before = '', after = ''] = address.split('::').map((half) =>
    half
      .split(':')
      .filter(Boolean)
      .map((word) => word.padStart(4, '0'))
      .join(''),
  );
  return before + '0'.repeat(32 - before.length - after.length) + after;
}
