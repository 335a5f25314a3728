// What a Windows Media encoder says and sends, as Expression Encoder 4 does ([MS-WMHTTP] 2.2.2, 2.2.3, 3.1.5): the heads of
// its two requests, and the frames of a session, which has a header once however many requests and connections it takes.
// Bytes alone: who sends them, and when, is not decided here.

import { PumpError } from '../../errors.ts';
import type { Part } from '../container.ts';
import type { Headers } from '../manners.ts';
import { HEAD_BYTES, letters, MOST_BODY_BYTES, REASON_BYTES, reasons, writeFrame, writeReason } from './frames.ts';
import { readHeader } from './objects.ts';
import { readPacket } from './packet.ts';

/** The encoder's name decides: servers answer a set-up of anything else as they would a browser. */
const USER_AGENT = 'WMEncoder/12.0.7601.17514';
/** Anything else did not come from Windows Media's side of a server, whatever its status says. */
const SERVER = /^(?:Cougar|Rex)\/\d/i;
/** What asks for a new place. */
const NO_PLACE = '0';
/** [MS-WMHTTP] 2.2.1.2: a push-id is at most so long; one with other characters could not be sent back. */
const PLACE = /^\s*push-id=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,255})(?:;|\s*$)/i;
/** A frame, its head included, is as long as a u16 can say ([MS-WMHTTP] 2.2.3). */
const MOST_FRAME_BYTES = MOST_BODY_BYTES;
/** It is never cut in pieces, and has to fit behind the reason of a $C. */
const MOST_HEADER_BYTES = MOST_FRAME_BYTES - HEAD_BYTES - REASON_BYTES;

/** The publishing point that this makes, where it makes one, is gone after the push. */
export const SET_UP_BODY = Buffer.from('AutoDestroy: 1\r\n');

export function setUpHead(host: string, place = NO_PLACE): Headers {
  return head('application/x-wms-pushsetup', host, SET_UP_BODY.length, place);
}

export function startHead(host: string, place: string, bodyBytes: number): Headers {
  return head('application/x-wms-pushstart', host, bodyBytes, place);
}

function head(type: string, host: string, length: number, place: string): Headers {
  return {
    'Content-Type': type,
    'X-Accept-Authentication': 'Negotiate, NTLM, Digest',
    'User-Agent': USER_AGENT,
    Host: host,
    'Content-Length': String(length),
    'Cache-Control': 'no-cache',
    Cookie: `push-id=${place}`,
  };
}

/** Is this answer's Server one that an encoder goes on with? */
export function isMediaServer(server: string | undefined): boolean {
  return SERVER.test(server ?? '');
}

/** The place that an answer gives. */
export function placeOf(cookies: readonly string[] | undefined): string | undefined {
  for (const cookie of cookies ?? []) {
    const place = PLACE.exec(cookie)?.[1];
    if (place !== undefined && place !== NO_PLACE) return place;
  }
  return undefined;
}

export interface Encoding {
  /** What a part makes necessary to be sent, in order. */
  frames(part: Part): Buffer[];
  /** For a server that has forgotten the session: what has to come before anything else. */
  again(): Buffer[];
  end(): Buffer;
}

export function encoding(): Encoding {
  let header: Buffer | undefined;
  let packetSize = 0;
  return {
    frames(part) {
      if (part.kind === 'unit') return [writeFrame(letters.data, strip(part.bytes, packetSize))];
      if (part.kind !== 'header' || header?.equals(part.bytes)) return [];
      const isFirst = header === undefined;
      header = small(part.bytes);
      ({ packetSize } = readHeader(header));
      if (isFirst) return [writeFrame(letters.header, header)];
      return [writeReason(letters.end, reasons.changes), writeReason(letters.change, reasons.over, header)];
    },
    again: () => (header ? [writeFrame(letters.header, header)] : []),
    end: () => writeReason(letters.end, reasons.over),
  };
}

function small(header: Buffer): Buffer {
  if (header.length <= MOST_HEADER_BYTES) return header;
  const most = `encoders can push ${MOST_HEADER_BYTES}; take pictures out of its metadata`;
  throw new PumpError('too large', `this ASF header has ${header.length} bytes, ${most}`);
}

/** A packet without its padding, and saying that it has none ([MS-WMHTTP] 2.2.3.2). One that tells its own length, or
 *  whose padding is gone already, stays as it is. */
function strip(bytes: Buffer, packetSize: number): Buffer {
  const packet = bytes.length === packetSize ? readPacket(bytes) : undefined;
  if (!packet || packet.fixed || packet.padding === 0) return bytes;
  const content = bytes.length - packet.padding;
  if (content < packet.end) return bytes;
  const stripped = Buffer.from(bytes.subarray(0, content));
  stripped.writeUIntLE(0, packet.paddingAt, packet.paddingWidth);
  return stripped;
}

/** The body of one request, which has to have just the bytes that its head promised: frames, then filler. */
export interface Body {
  /** Is there room for it, and behind it for filler or for nothing? */
  fits(frame: Buffer): boolean;
  /** It was sent. */
  took(frame: Buffer): void;
  /** What fills the rest to the last byte. */
  filler(): Buffer[];
}

/** Through a proxy encoders promise about a minute's worth at a time; directly, as much as a number of 31 bits tells. */
export const LONGEST_BODY_BYTES = 0x7fff_ffff;

export function bodyOf(bytes: number): Body {
  let left = bytes;
  return {
    // An empty filler has four bytes: fewer than that left over could not be filled.
    fits: ({ length }) => left - length >= HEAD_BYTES,
    took: ({ length }) => void (left -= length),
    filler() {
      const fillers: Buffer[] = [];
      while (left >= HEAD_BYTES) {
        const most = left > MOST_FRAME_BYTES ? left - HEAD_BYTES : left;
        const filler = writeFrame(letters.filler, Buffer.alloc(Math.min(most, MOST_FRAME_BYTES) - HEAD_BYTES));
        fillers.push(filler);
        left -= filler.length;
      }
      return fillers;
    },
  };
}
