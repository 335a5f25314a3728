// What a stream of datagrams is told: where to listen, to whom, by which interface. What is right in each option and wrong
// between them is told here too.

import { isIP } from 'node:net';
import { z } from 'zod';
import { byName, containers } from '../containers/index.ts';
import { EXPECTED, type Group, readGroup, withSource } from '../datagrams/group.ts';
import { LONGEST_INTERFACE } from '../datagrams/interface.ts';
import { size } from '../measures.ts';

const INTERFACE = `the name of a network interface such as 'eth1', or one of its addresses`;
const SENDER = `the address of a sender such as '10.0.0.7'`;

export const schema = z.strictObject({
  url: z
    .string({ error: EXPECTED })
    .refine((text) => readGroup(text) !== undefined, EXPECTED)
    .describe(
      'What is listened to: udp:// or rtp://, [SENDER@]GROUP:PORT, IPv6 in brackets; an address of this machine instead of a group, or ' +
        'none (udp://@:1234), for what is sent to it alone. Behind udp:// may be RTP as well.',
    ),
  source: z
    .string({ error: SENDER })
    .refine((text) => isIP(text) !== 0, SENDER)
    .exactOptional()
    .describe('The only sender that is wanted (source-specific multicast).'),
  interface: z
    .string({ error: INTERFACE })
    .min(1, INTERFACE)
    .max(LONGEST_INTERFACE, INTERFACE)
    .exactOptional()
    .describe(
      'Where the group is joined, by name or address; it may come later. Without it the system chooses by its routes.',
    ),
  buffer: size({ least: '64 KiB', most: '256 MiB' })
    .exactOptional()
    .describe(
      'Room in the system for what comes in bursts; 2 MiB without it. Linux gives what net.core.rmem_max allows.',
    ),
});

export interface Options extends z.output<typeof schema> {
  /** the stream's own key */
  readonly container?: string;
}

/** What is sent by datagrams nearly always. */
export const USUAL = 'mpegts';

const clashing = z.object({ url: z.string(), source: z.string().optional(), container: z.string().default(USUAL) });

export function clash(stream: object): { key: string; expected: string } | undefined {
  const { data: { url = '', source, container = '' } = {} } = clashing.safeParse(stream);
  const group = readGroup(url);
  if (!group) return undefined; // told of already
  if (!byName(container)?.datagram)
    return { key: 'container', expected: `${sentSo()}, since nothing else is taken from datagrams` };
  const key = source === undefined ? 'url' : 'source';
  if (source !== undefined && group.source !== undefined)
    return { key, expected: 'the sender either in `url` or here, not in both' };
  const sender = source ?? group.source;
  if (sender === undefined) return undefined;
  if (!group.isMulticast) return { key, expected: `no sender, since ${group.address} is no multicast group` };
  if (withSource(group, sender)) return undefined;
  return { key, expected: `an IPv${group.family} address of one sender, as that of the group is IPv${group.family}` };
}

/** Undefined where the options cannot be. */
export function groupOf({ url, source }: Options): Group | undefined {
  const group = readGroup(url);
  return group && source !== undefined ? withSource(group, source) : group;
}

export const sentSo = (): string =>
  containers
    .filter(({ datagram }) => datagram)
    .map(({ name }) => name)
    .join(' or ');
