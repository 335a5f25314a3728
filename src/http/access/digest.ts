// Digest authentication (RFC 7616, and RFC 2069's form without qop, which old encoders use). Nothing is kept: a nonce is
// the time it was made, signed with a key of this pump's.

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type Algorithm, REALM, digestOf, ha1, same } from './credentials.ts';

/** Long enough for an encoder that asks its operator for the password, short enough to be of no use to who overheard it. */
const NONCE_MS = 5 * 60_000;
const SIGNATURE_BYTES = 24;
const TIME_BYTES = 6;

export interface Request {
  readonly method: string;
  /** as in the request line */
  readonly url: string;
}

/** 'stale': right, but with a nonce that has run out: the client tries again without asking its user. */
type Verdict = { readonly user: string } | 'wrong' | 'stale';

export interface Digest {
  /** MD5 alone is offered: Windows Media encoders know no other, and FFmpeg takes the last Digest it is offered and then
   *  fails when that is SHA-256. A client that uses SHA-256 all the same is understood. */
  challenge(isStale: boolean): string;
  check(fields: string, request: Request, users: Readonly<Record<string, string>>): Verdict;
}

/** `key`: the same in all processes of a pump, so that what one has asked for is understood by the next. */
export function digest(clock: Clock, key: Buffer = randomBytes(32)): Digest {
  const sign = (time: Buffer) => createHmac('sha256', key).update(time).digest().subarray(0, SIGNATURE_BYTES);

  const nonce = () => {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeUIntBE(Math.floor(clock.now()), 0, TIME_BYTES);
    return Buffer.concat([time, sign(time)]).toString('base64url');
  };

  const judge = (nonce: string): 'ours' | 'stale' | 'foreign' => {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return 'foreign';
    const time = bytes.subarray(0, TIME_BYTES);
    if (!same(sign(time).toString('hex'), bytes.subarray(TIME_BYTES).toString('hex'))) return 'foreign';
    return clock.now() - time.readUIntBE(0, TIME_BYTES) > NONCE_MS ? 'stale' : 'ours';
  };

  return {
    challenge: (isStale) =>
      `Digest realm="${REALM}", qop="auth", algorithm=MD5, nonce="${nonce()}"${isStale ? ', stale=true' : ''}`,
    check(text, request, users) {
      const fields = parse(text);
      const user = [fields['username'], unescaped(fields['username'])].find(
        (name) => name !== undefined && Object.hasOwn(users, name),
      );
      const stored = user === undefined ? undefined : users[user];
      const freshness = judge(fields['nonce'] ?? '');
      const isRight = answers(fields, request, user ?? '', stored ?? '');
      // After a restart of the pump a client still has a nonce of the old process: it is told to try again with ours.
      if (user === undefined || !isRight) return 'wrong';
      return freshness === 'ours' ? { user } : 'stale';
    },
  };
}

type Fields = Readonly<Record<string, string | undefined>>;

function answers(fields: Fields, request: Request, user: string, stored: string): boolean {
  const { realm, nonce = '', uri = '', response = '', qop, nc = '', cnonce = '' } = fields;
  const algorithm = algorithms[(fields['algorithm'] ?? 'MD5').toUpperCase()];
  if (!algorithm || realm !== REALM || !isSameTarget(uri, request.url)) return false;
  const secret = ha1(stored, user, algorithm);
  if (secret === undefined || (qop !== undefined && qop !== 'auth')) return false;
  const target = digestOf(algorithm, request.method, uri);
  const wanted =
    qop === undefined
      ? digestOf(algorithm, secret, nonce, target)
      : digestOf(algorithm, secret, nonce, nc, cnonce, qop, target);
  return same(wanted, response.toLowerCase());
}

const algorithms: Readonly<Record<string, Algorithm | undefined>> = { MD5: 'MD5', 'SHA-256': 'SHA-256' };

/** Proxies rewrite the request line, and clients drop the query or write the whole URL: only the path has to agree. */
function isSameTarget(a: string, b: string): boolean {
  return pathOf(a) === pathOf(b);
}

function pathOf(url: string): string {
  const [path = ''] = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').split(/[?#]/);
  return path.replace(/\/$/, '').toLowerCase();
}

/** `name=token` and `name="quoted"`, between commas. A name that comes twice counts once: the first. */
function parse(text: string): Fields {
  const fields: Record<string, string> = Object.create(null);
  for (const [, name = '', quoted, token] of text.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/gi))
    fields[name.toLowerCase()] ??= quoted ?? token ?? '';
  return fields;
}

/** Windows writes the `\` of `DOMAIN\user` as it is, others escape it as they should. */
function unescaped(text: string | undefined): string | undefined {
  return text?.replaceAll(/\\(.)/g, '$1');
}
