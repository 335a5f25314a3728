// How Windows Media players and their like ask for a stream ([MS-WMSP] 2.2.2): which request it is, and what it is answered.
// No session is kept: free players never send their client id back, so a describe and the play after it are strangers.

import { randomInt } from 'node:crypto';
import type { Ask, FullAnswer, Headers, WatchAnswer } from '../manners.ts';
import { mediaType } from '../media-type.ts';
import { type Pragmas, readClientId, readPragmas, TIMEOUT_MS, writePragma } from './pragma.ts';
import { mmsh, plain } from './wires.ts';

/** The identity of an encoder: a server that calls itself Cougar/9 would owe players from 9 on an $M before each $H. */
const SERVER = 'Rex/12.0.7601.17514 (Stream Pump)';
/** Broadcast first: MPlayer reads to the first comma, and without it takes the stream for a recording. Playlist announces $C. */
const FEATURES = 'broadcast,playlist';
const DESCRIBE_TYPE = 'application/vnd.ms.wms-hdr.asfv1';
/** From this version on a player understands a change of streams in the middle ($E(1), $C, $H). */
const FIRST_THAT_FOLLOWS = 9;
const MOST_U32 = 0xffff_ffff;

/** Windows Media's own: player, server, cache. The original Stream Pump pulls with a bare `NSPlayer`, so without a version. */
const WINDOWS_MEDIA = /(?:^|\s)(?:NSPlayer|NSServer|WMCacheProxy)(?:\/(\d{1,4})|(?=[\s;/]|$))/i;
const ANY_PLAYER = /NSPlayer|Windows-Media-Player|WMFSDK|VLC|Lavf|MPlayer|mpv|GStreamer|libmms|xine/i;

export function watch(ask: Ask): WatchAnswer | undefined {
  const pragmas = readPragmas(ask.headers.pragma);
  if (ask.method === 'POST') return answerPost(one(ask, 'content-type'), pragmas);
  if (ask.method === 'OPTIONS') return answerOptions(ask, pragmas);
  if (ask.method !== 'GET' && ask.method !== 'HEAD') return undefined;
  if (pragmas.get('pipeline-request') === '1') return refuse('No pipelining here; send one request per connection.');
  if (pragmas.get('xplaynextentry') === '1' || pragmas.get('xplaystrm') === '1') return play(ask, pragmas);
  if (pragmas.has('stream-switch-entry')) return done(pragmas);
  if (WINDOWS_MEDIA.test(one(ask, 'user-agent')) || pragmas.has('xclientguid')) return describe(pragmas);
  return isBrowser(ask)
    ? { kind: 'playlist', form: 'asx' }
    : { kind: 'stream', wire: plain, follows: false, headers: plainHeaders() };
}

/** What a player sends beside its stream. All of it is only acknowledged: the stream goes on or ends with its connection,
 *  and every stream of it is always sent. Undefined: not a player's. */
function answerPost(contentType: string, pragmas: Pragmas): FullAnswer | undefined {
  const type = mediaType(contentType);
  if (type === 'application/x-wms-logstats' || pragmas.has('log-line')) {
    return { kind: 'answer', status: 204, headers: { ...common(pragmas), Connection: 'close' } };
  }
  const known =
    type === 'application/x-wms-sendevent' ||
    type === 'application/x-wms-getcontentinfo' ||
    pragmas.get('xstopstrm') === '1' ||
    pragmas.get('xkeepaliveinpause') === '1' ||
    pragmas.has('stream-switch-entry');
  return known ? done(pragmas) : undefined;
}

/** A pipelined keep-alive; what a browser asks before it fetches from another origin is not ours. */
function answerOptions(ask: Ask, pragmas: Pragmas): FullAnswer | undefined {
  if (one(ask, 'access-control-request-method') !== '') return undefined;
  const answer = done(pragmas);
  return { ...answer, headers: { ...answer.headers, Public: 'GET, POST, OPTIONS' } };
}

/** VLC and libmms read on until the connection closes, so it does. */
function describe(pragmas: Pragmas): WatchAnswer {
  const headers = { 'Content-Type': DESCRIBE_TYPE, ...common(pragmas), Connection: 'close' };
  return { kind: 'header', wire: mmsh, headers };
}

function play(ask: Ask, pragmas: Pragmas): WatchAnswer {
  const version = Number(WINDOWS_MEDIA.exec(one(ask, 'user-agent'))?.[1] ?? 0);
  const headers = { 'Content-Type': mmsh.contentType, ...common(pragmas), Connection: 'close' };
  return { kind: 'stream', wire: mmsh, follows: version >= FIRST_THAT_FOLLOWS, headers };
}

function done(pragmas: Pragmas): FullAnswer {
  return { kind: 'answer', status: 200, headers: { ...common(pragmas), 'Content-Length': '0' } };
}

/** A client id that a player names is taken over: another one would have to come with `xResetStrm=1`. */
function common(pragmas: Pragmas): Headers {
  const id = readClientId(pragmas) ?? randomInt(1, MOST_U32);
  return {
    Server: SERVER,
    'Cache-Control': 'no-cache',
    Pragma: writePragma({ 'no-cache': '', 'client-id': id, features: FEATURES, timeout: TIMEOUT_MS }),
    Supported: 'com.microsoft.wm.sswitch',
  };
}

/** Without a Windows Media identity: the puller of another pump would ask again as if it had to. */
function plainHeaders(): Headers {
  return { 'Content-Type': plain.contentType, 'Cache-Control': 'no-cache', Connection: 'close' };
}

function isBrowser(ask: Ask): boolean {
  return one(ask, 'accept').toLowerCase().includes('text/html') && !ANY_PLAYER.test(one(ask, 'user-agent'));
}

function refuse(sentence: string): FullAnswer {
  const body = `${sentence}\n`;
  const length = String(Buffer.byteLength(body));
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': length,
    'Cache-Control': 'no-cache',
  };
  return { kind: 'answer', status: 400, headers, body };
}

function one(ask: Ask, name: string): string {
  return ask.headers[name]?.[0] ?? '';
}
