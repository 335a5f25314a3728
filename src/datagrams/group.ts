// Where datagrams come to, or are sent: a multicast group, or an address of this machine to listen at. Written as a URL:
// `rtp://[SOURCE@]GROUP:PORT`, `udp://[SOURCE@]GROUP:PORT`, IPv6 in brackets; `udp://@GROUP:PORT` as VLC has it, and
// `udp://@:PORT` for whatever comes to a port. `udp` may turn out to be RTP: the datagrams tell.

import { BlockList, isIP } from 'node:net';

export interface Group {
  readonly scheme: 'udp' | 'rtp';
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
  const address = bare(bracketed) || (place.startsWith('@') || place.startsWith(':') ? '0.0.0.0' : '');
  const source = bare(before);
  const port = digits === undefined ? usualPort : Number(digits);
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || port === undefined || port < 1 || port > 65_535) return undefined;
  if (source !== '' && isIP(source) !== family) return undefined;
  return {
    scheme,
    address,
    family,
    port,
    ...(source !== '' && { source }),
    isMulticast: multicast.check(address, family === 4 ? 'ipv4' : 'ipv6'),
  };
}

/** One way of writing each: what two viewers ask for is the same group where this is the same. */
export function urlOf({ scheme, address, family, port, source }: Group): string {
  const host = (text: string) => (family === 6 ? `[${text}]` : text);
  return `${scheme}://${source === undefined ? '' : `${host(source)}@`}${host(address)}:${port}`;
}

function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
