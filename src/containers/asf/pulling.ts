// How a Windows Media server is asked for a stream, as a player of version 7 would ([MS-WMSP] 3.1): describe, from which the
// streams are known, then play on a connection of its own. Servers that answer otherwise are understood: a bare ASF stream is
// taken as it is, an ASX or [Reference] text is a redirect. Time-outs, redirects and credentials belong to the caller.

import { randomUUID } from 'node:crypto';
import { PumpError } from '../../errors.ts';
import type { Headers, PullManners, Reply } from '../manners.ts';
import { Framer } from '../framer.ts';
import { readReference } from './asx.ts';
import { isDollar } from './frames.ts';
import { framing } from './framing.ts';
import { readHeader } from './objects.ts';
import { readClientId, readPragmas } from './pragma.ts';
import { MOST_HEADER_BYTES } from './walk.ts';

/** VLC's name. A server sends it no $M, no chunks and no pipelining, all of which it would to version 9. */
const USER_AGENT = 'NSPlayer/7.10.0.3059';
/** VLC's server says `Cougar 4.1.0.3921`, with a space; encoders that are pulled from say `Rex/…`. */
const WINDOWS_MEDIA = /^(?:Cougar|Rex)(?:[\s/]|$)/i;
const FRAMED = /^application\/(?:vnd\.ms\.wms-hdr\.asfv1|x-mms-framed)\b/i;
const PLAYLIST = /^(?:video\/x-ms-(?:asx|wvx|wmx)|audio\/x-ms-wax|application\/(?:x-ms-asx|x-mplayer2))\b/i;
/** Servers give ASX files the types of ASF itself. */
const EITHER = /^(?:video\/x-ms-(?:asf|wmv)|audio\/x-ms-wma|application\/vnd\.ms-asf)\b/i;
/** An ASX or [Reference] text that is longer is none that a player would read. A live stream has no length at all. */
const MOST_TEXT_BYTES = 64 * 1024;
/** A describe answer is one header, in one $H or many, with an $M before it from a server of version 9. */
const MOST_DESCRIBE_BYTES = 2 * MOST_HEADER_BYTES;
/** enough to tell frames, text and streams apart */
const START_BYTES = 4;
const NOT_READY = 'the server has no stream yet: not ready';

export const pull: PullManners = { schemes: ['mmsh', 'mms'], claims, pull: describeAndPlay };

/** Raw ASF from an ordinary server stays with the plain request: only what is surely no stream, or is a Windows Media
 *  server's, is asked for again. A redirect or a wish for credentials is the caller's. */
function claims({ status, headers }: Reply): boolean {
  if ((status >= 300 && status < 400) || status === 401 || status === 407) return false;
  const type = text(headers['content-type']);
  if (WINDOWS_MEDIA.test(text(headers['server'])) || FRAMED.test(type) || PLAYLIST.test(type)) return true;
  const length = Number(headers['content-length'] ?? Number.NaN);
  return EITHER.test(type) && length <= MOST_TEXT_BYTES;
}

/** A header as one text, whichever way the client hands it over. */
function text(value: string | string[] | undefined): string {
  return [value ?? []].flat().join(', ');
}

async function describeAndPlay(get: (headers: Headers) => Promise<Reply>): Promise<Reply> {
  const guid = randomUUID();
  const reply = await get(request(describeLines(guid)));
  if (reply.status !== 200) return reply;
  try {
    const { start, body } = await begin(reply);
    if (start.length === 0) throw new PumpError('no source', NOT_READY);
    if (isText(start)) return redirect(reply, await readText(body));
    if (!isDollar(start[0])) return { status: 200, headers: reply.headers, body, close: () => reply.close() };
    const { streams } = readHeader(await readHeaderOf(body));
    reply.close();
    const id = readClientId(readPragmas(reply.headers['pragma']));
    return await get(request(playLines(guid, id, streams)));
  } catch (error) {
    reply.close();
    throw error;
  }
}

/** The Host and the protocol's version are the caller's. Names in canonical case, for old servers. */
function request(pragma: string[]): Headers {
  return { Accept: '*/*', 'User-Agent': USER_AGENT, Pragma: pragma, Connection: 'close' };
}

function describeLines(guid: string): string[] {
  const first = 'no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0';
  return [first, `xClientGUID={${guid}}`];
}

/** Windows Media Services sends nothing of a stream that was not chosen, so all are: from none (ffff) to all of it (0). */
function playLines(guid: string, id: number | undefined, streams: readonly { readonly number: number }[]): string[] {
  const entries = streams.map(({ number }) => `ffff:${number.toString(16)}:0`);
  return [
    'no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=2,max-duration=0',
    'xPlayStrm=1',
    `xClientGUID={${guid}}`,
    ...(id === undefined ? [] : [`client-id=${id}`]),
    `stream-switch-count=${entries.length}`,
    `stream-switch-entry=${entries.join(' ')}`,
  ];
}

/** The bytes that tell what it is, and a body that begins with them all the same. */
async function begin({ body }: Reply): Promise<{ start: Buffer; body: AsyncIterable<Buffer> }> {
  const rest = body[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let start: Buffer = Buffer.alloc(0);
  while (start.length < START_BYTES) {
    const step = await rest.next();
    if (step.done) break;
    read.push(step.value);
    start = Buffer.concat([start, step.value.subarray(0, START_BYTES)]);
  }
  return { start, body: again(read, rest) };
}

async function* again(read: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* read;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

/** White space may stand before the `<` or the `[`, and a byte order mark before both. */
function isText(start: Buffer): boolean {
  return /^(?:\xef\xbb\xbf|\xff\xfe|\s*(?:[<[]|$))/.test(start.toString('latin1'));
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_TEXT_BYTES) break;
  }
  const all = Buffer.concat(chunks).subarray(0, MOST_TEXT_BYTES);
  return all.toString(all[0] === 0xff ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}

function redirect(reply: Reply, playlist: string): Reply {
  reply.close();
  const location = readReference(playlist);
  if (location === undefined) {
    throw new PumpError('upstream failed', 'the server answered with a page that holds no address of a stream');
  }
  return { status: 302, headers: { location }, body: nothing(), close: () => {} };
}

async function* nothing(): AsyncGenerator<Buffer, void, undefined> {}

/** The first header of a framed answer; servers that stream at once are not read beyond it. */
async function readHeaderOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const framer = new Framer({ name: 'ASF', framing, largestBytes: MOST_DESCRIBE_BYTES });
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    for (const part of framer.push(chunk)) if (part.kind === 'header') return part.bytes;
    if (bytes > MOST_DESCRIBE_BYTES) throw new PumpError('too large', 'the server describes the stream without an end');
  }
  if (framer.heldBytes === 0) throw new PumpError('no source', NOT_READY);
  throw new PumpError('upstream failed', "the server's answer ends in the middle of the stream's header");
}
