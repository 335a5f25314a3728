// Where datagrams come to, or are sent: a multicast group, or an address of this machine to listen at. Written as a URL:
// `rtp://[SOURCE@]GROUP:PORT`, `udp://[SOURCE@]GROUP:PORT`, IPv6 in brackets; `udp://@GROUP:PORT` as VLC has it, and
// `udp://@:PORT` for whatever comes to a port. `udp` may turn out to be RTP: the datagrams tell.

import { BlockList, isIP, SocketAddress } from 'node:net';
import { bracketed } from '../range.ts';

export interface Group {
  readonly scheme: 'udp' | 'rtp';
  /** as the system writes it, so that the same address is the same text */
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** the only sender whose datagrams are wanted (source-specific multicast, RFC 4607) */
  readonly source?: string;
  /** a group to be joined; otherwise an address of this machine */
  readonly isMulticast: boolean;
}

/** What is said of an address that cannot be one. */
export const EXPECTED = `an address such as 'udp://239.0.0.1:1234', 'rtp://10.0.0.7@232.1.1.1:5004' or 'udp://[ff15::1]:1234'`;

const URL_FORM = /^(udp|rtp):\/\/([^/?#]*)\/?$/i;
const PLACE_FORM = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:[\]@]*)(?::(\d{1,5}))?$/;
/** Whatever comes to a port. */
const ANYWHERE = '0.0.0.0';

const multicast = new BlockList();
multicast.addSubnet('224.0.0.0', 4, 'ipv4');
multicast.addSubnet('ff00::', 8, 'ipv6');

export function readGroup(url: string): Group | undefined {
  const [, scheme = '', place = ''] = URL_FORM.exec(url) ?? [];
  return scheme === '' ? undefined : groupAt(scheme.toLowerCase() === 'rtp' ? 'rtp' : 'udp', place);
}

/** `[SOURCE@]GROUP:PORT`; without a port where one is usual. */
export function groupAt(scheme: Group['scheme'], place: string, usualPort?: number): Group | undefined {
  const [, before = '', bracketed = '', digits] = PLACE_FORM.exec(place) ?? [];
  const isAnywhere = place.startsWith('@:') || place.startsWith(':');
  const group = readHost(isAnywhere ? ANYWHERE : bracketed);
  const port = digits === undefined ? usualPort : Number(digits);
  if (!group || port === undefined || port < 1 || port > 65_535) return undefined;
  const plain: Group = { scheme, ...group, port };
  return before === '' ? plain : withSource(plain, before);
}

/** The same group, wanted from one sender alone; undefined where that is nobody who could send to it. */
export function withSource(group: Group, source: string): Group | undefined {
  const sender = readHost(source);
  if (!sender || sender.family !== group.family || sender.isMulticast) return undefined;
  return { ...group, source: sender.address };
}

/** One way of writing each: what two viewers ask for is the same group where this is the same. */
export function urlOf({ scheme, address, port, source }: Group): string {
  return `${scheme}://${source === undefined ? '' : `${bracketed(source)}@`}${bracketed(address)}:${port}`;
}

/** Brackets belong to IPv6, which needs them only before a port. No zones: an interface is told by itself. No IPv4 in IPv6's
 *  clothes: systems do not agree on what that means for groups. */
function readHost(text: string): Pick<Group, 'address' | 'family' | 'isMulticast'> | undefined {
  const isBracketed = text.startsWith('[') && text.endsWith(']');
  const bare = isBracketed ? text.slice(1, -1) : text;
  const version = isIP(bare);
  if (version === 4 && !isBracketed) return { address: bare, family: 4, isMulticast: multicast.check(bare, 'ipv4') };
  if (version !== 6 || bare.includes('%')) return undefined;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return address.includes('.') ? undefined : { address, family: 6, isMulticast: multicast.check(address, 'ipv6') };
}
