// A session as it is announced to everybody who listens (SAP, RFC 2974, section 3): a header of eight bytes (twenty with IPv6), the
// type of what follows, and its SDP.

import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { addressBytes } from './address-bytes.ts';

const VERSION = 1 << 5;
const IS_V6 = 1 << 4;
const IS_DELETION = 1 << 2;
const TYPE = 'application/sdp\0';

/** `origin`: the address of this machine that it is sent from. */
export function announcement(sdp: string, origin: string): Buffer {
  return Buffer.concat([header(sdp, origin, 0), Buffer.from(TYPE + sdp)]);
}

/** Takes it back: of the SDP only the line is told by which it is known (section 6). */
export function deletion(sdp: string, origin: string): Buffer {
  const line = /^o=.*\r\n/m.exec(sdp)?.[0] ?? '';
  return Buffer.concat([header(sdp, origin, IS_DELETION), Buffer.from(TYPE + line)]);
}

/** The hash tells the announcements of one machine apart: the same for the same text, for as long as that is told. */
function header(sdp: string, origin: string, flags: number): Buffer {
  const hash = createHash('sha256').update(sdp).digest().subarray(0, 2);
  return Buffer.concat([
    Buffer.of(VERSION | (isIPv6(origin) ? IS_V6 : 0) | flags, 0),
    // 0 is for senders that have none.
    hash[0] === 0 && hash[1] === 0 ? Buffer.of(0, 1) : hash,
    addressBytes(origin),
  ]);
}
