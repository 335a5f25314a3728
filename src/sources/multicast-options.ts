// What a stream of datagrams is told: where to listen, to whom, by which interface. What is right in each option and wrong
// between them is told here too.

import { isIP } from 'node:net';
import { z } from 'zod';
import { byName, inDatagrams } from '../containers/index.ts';
import { readGroup, withSource } from '../datagrams/group.ts';
import { networkInterface } from '../datagrams/interface.ts';
import { size } from '../amounts.ts';
import { type Described, EXPECTED, readDescribed } from './described.ts';
import { orOf } from './meant.ts';
import { toldOptions, WHAT_IT_IS } from './told.ts';

const SENDER = `the address of a sender such as '10.0.0.7'`;

export const schema = z.strictObject({
  url: z
    .string({ error: EXPECTED })
    .refine((text) => readDescribed(text) !== undefined, { error: orOf('multicast', EXPECTED) })
    .describe(
      'What is listened to: udp:// or rtp://, [SENDER@]GROUP:PORT, IPv6 in brackets; an address of this machine instead of a group, or ' +
        'none (udp://@:1234), for what is sent to it alone. Behind udp:// may be RTP as well. Or where that is told: an .sdp ' +
        'file or address, or where an offer is answered.',
    ),
  source: z
    .string({ error: SENDER })
    .refine((text) => isIP(text) !== 0, SENDER)
    .exactOptional()
    .describe('The only sender that is wanted (source-specific multicast).'),
  interface: networkInterface
    .exactOptional()
    .describe(
      'Where the group is joined, by name or address; it may come later. Without it the system chooses by its routes.',
    ),
  buffer: size({ least: '64 KiB', most: '256 MiB' })
    .exactOptional()
    .describe(
      'Room in the system for what comes in bursts; 2 MiB without it. Linux gives what net.core.rmem_max allows.',
    ),
  ...toldOptions,
});

export interface Options extends z.output<typeof schema> {
  /** the stream's own key */
  readonly container?: string;
}

/** What is sent by datagrams nearly always. */
export const USUAL = 'mpegts';

const clashing = z.looseObject({
  url: z.string(),
  source: z.string().optional(),
  interface: z.string().optional(),
  container: z.string().default(USUAL),
  receive: z.boolean().default(true),
  codec: z.string().optional(),
});
type Clashing = z.output<typeof clashing>;
interface Clash {
  readonly key: string;
  readonly expected: string;
}

export function clash(stream: object): Clash | undefined {
  const { data } = clashing.safeParse(stream);
  const where = data && readDescribed(data.url);
  if (!where) return undefined; // told of already
  return clashOfTelling(data, where) ?? clashOfSender(data);
}

function clashOfTelling(data: Clashing, where: Described): Clash | undefined {
  const { container, receive, source, codec } = data;
  if (where.kind !== 'group') {
    if (!receive) return { key: 'url', expected: 'the group itself, since nobody is asked for what is not received' };
    if (source !== undefined) return { key: 'source', expected: 'no sender: the SDP names it' };
  }
  if (!receive && data['multicastTo'] !== undefined)
    return { key: 'multicastTo', expected: 'nothing, since what is not received cannot be sent on' };
  if (receive) {
    const key = WHAT_IT_IS.find((key) => data[key] !== undefined);
    if (key !== undefined)
      return { key, expected: 'nothing, since what is received tells what it is (or receive: false)' };
    if (byName(container)?.datagram) return undefined;
    return { key: 'container', expected: `${inDatagrams}, since nothing else is taken from datagrams` };
  }
  const group = where.kind === 'group' ? where.session.group : undefined;
  if (group && !group.isMulticast) return { key: 'url', expected: 'a multicast group, since others shall join it' };
  if (group?.scheme === 'udp' && codec !== undefined)
    return { key: 'url', expected: `'rtp://…', since without RTP only transport streams are sent` };
  return undefined;
}

function clashOfSender({ url, source, interface: which }: Clashing): Clash | undefined {
  const group = readGroup(url);
  if (!group) return undefined;
  if (which !== undefined && !group.isMulticast)
    return { key: 'interface', expected: `none, since ${group.address} is no multicast group` };
  const key = source === undefined ? 'url' : 'source';
  if (source !== undefined && group.source !== undefined)
    return { key, expected: 'the sender either in `url` or here, not in both' };
  const sender = source ?? group.source;
  if (sender === undefined || isIP(sender) === 0) return undefined;
  if (!group.isMulticast) return { key, expected: `no sender, since ${group.address} is no multicast group` };
  if (withSource(group, sender)) return undefined;
  return { key, expected: `an IPv${group.family} address of one sender, as that of the group is IPv${group.family}` };
}

/** Undefined where the options cannot be. */
export function whereOf({ url, source, ttl }: Options): Described | undefined {
  const where = readDescribed(url);
  if (where?.kind !== 'group') return where;
  const group = source === undefined ? where.session.group : withSource(where.session.group, source);
  return group && { kind: 'group', session: { ...where.session, group, ...(ttl !== undefined && { ttl }) } };
}
