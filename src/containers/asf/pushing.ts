// How Windows Media encoders push ([MS-WMHTTP] 2.2.2, 3.2.5): a set-up request that takes a place, then start requests whose
// bodies are one session of frames. A place is remembered by the id that the encoder sends back in a cookie.

import { PumpError } from '../../errors.ts';
import type { Ask, Headers, PushAnswer } from '../manners.ts';
import { mediaType } from '../media-type.ts';
import { HEAD_BYTES, readHead } from './frames.ts';
import { TIMEOUT_MS, writePragma } from './pragma.ts';

/** Encoders stop at "not a Windows Media server" for any other name; Expression Encoder 4 and TriCaster took this one. */
const SERVER = 'Cougar/9.6.7600.16564';
/** What Windows Media Services says; nothing in a push depends on it. */
const SUPPORTED = ['srvppair', 'sswitch', 'predstrm', 'fastcache', 'startupprofile'];
const SMOOTH_STREAMING = /\.isml(?:\/|$)|\/Streams(?:\(|%28)[^/]*(?:\)|%29)$/i;
/** Ids are ours, in these characters and at most as long as [MS-WMHTTP] allows; anything else was not given by us. */
const PLACE = /^[\w.~-]{1,255}$/;

export function push(ask: Ask): PushAnswer | undefined {
  const path = ask.url.split('?', 1).join('');
  // Expression Encoder sends an empty POST first, so this is said before it streams.
  if (SMOOTH_STREAMING.test(path)) {
    const told = 'choose Windows Media / publishing point in the encoder';
    return refuse(`IIS Smooth Streaming ingest is not supported; ${told}`);
  }
  const type = mediaType(ask.headers['content-type']?.[0] ?? '');
  if (!type.startsWith('application/x-wms-')) return undefined;
  const place = readPlace(ask.headers.cookie);
  const answer = { status: 204, headers: answerHeaders, ...(place !== undefined && { place }) };
  if (type === 'application/x-wms-pushsetup') return { kind: 'set-up', ...answer };
  if (type === 'application/x-wms-pushstart') return { kind: 'session', whole: wholeFrames, ...answer };
  return undefined; // a player's: logs, events
}

function refuse(sentence: string): PushAnswer {
  return { kind: 'refuse', error: new PumpError('unknown container', sentence) };
}

/** The same for the set-up, the end of each body, and a 401 in between, which owes the encoder its place as well. Names
 *  stand in canonical case: Windows Media Encoder finds them in no other. */
function answerHeaders(place: string): Headers {
  return {
    Server: SERVER,
    'Content-Length': '0',
    Pragma: writePragma({ 'no-cache': '', timeout: TIMEOUT_MS }),
    'Cache-Control': 'no-cache',
    'Set-Cookie': `push-id=${place}`,
    Supported: SUPPORTED.map((feature) => `com.microsoft.wm.${feature}`).join(', '),
  };
}

/** `push-id=0` asks for a new place. */
function readPlace(cookies: readonly string[] | undefined): string | undefined {
  const pairs = (cookies ?? []).flatMap((line) => line.split(';')).map((pair) => pair.trim());
  const place = pairs.find((pair) => /^push-id=/i.test(pair))?.slice('push-id='.length);
  return place !== undefined && place !== '0' && PLACE.test(place) ? place : undefined;
}

/** The whole frames of one request's body, as long views of its chunks as can be. What is cut off at the end, by a broken
 *  connection or because less than a frame's head was left to send, is dropped; the session goes on behind it with the
 *  next request. Holds at most one frame, 64 KiB. From bytes on that are no frame, all is handed on as it came, so that
 *  the framing finds and tells what is wrong. */
export async function* wholeFrames(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let cut: CutFrame | undefined;
  let lost = false;
  for await (const chunk of body) {
    let at = 0;
    if (cut) {
      at = take(cut, chunk);
      if (cut.filled < cut.bytes.length) continue;
      yield cut.bytes;
      lost = readHead(cut.bytes) === undefined;
      cut = undefined;
    }
    const end: number | undefined = lost ? undefined : endOfFrames(chunk, at);
    lost = end === undefined;
    if (end !== at && at < chunk.length) yield chunk.subarray(at, end);
    if (end === undefined || end === chunk.length) continue;
    cut = { bytes: Buffer.alloc(HEAD_BYTES), filled: 0 };
    take(cut, chunk.subarray(end));
  }
}

/** A frame of which the rest is in the chunks to come: room for its head, then, its length known, for all of it. */
interface CutFrame {
  bytes: Buffer;
  filled: number;
}

/** Takes what the frame still wants; returns how much of the chunk that was. */
function take(cut: CutFrame, chunk: Buffer): number {
  const used = copyInto(cut, chunk);
  if (cut.filled !== HEAD_BYTES || cut.bytes.length !== HEAD_BYTES) return used;
  const whole = Buffer.allocUnsafe(HEAD_BYTES + (readHead(cut.bytes)?.length ?? 0));
  cut.bytes.copy(whole);
  cut.bytes = whole;
  return used + copyInto(cut, chunk.subarray(used));
}

function copyInto(cut: CutFrame, chunk: Buffer): number {
  const copied = chunk.copy(cut.bytes, cut.filled);
  cut.filled += copied;
  return copied;
}

/** Where the last whole frame of a chunk ends; undefined: something is no frame. */
function endOfFrames(chunk: Buffer, start: number): number | undefined {
  let at = start;
  while (at + HEAD_BYTES <= chunk.length) {
    const head = readHead(chunk, at);
    if (head === undefined) return undefined;
    if (at + HEAD_BYTES + head.length > chunk.length) break;
    at += HEAD_BYTES + head.length;
  }
  return at;
}
