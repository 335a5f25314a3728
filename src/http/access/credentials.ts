// A user's password as the configuration keeps it: in plain, as `ha1:HEX` (MD5 of `user:Stream Pump:password`, RFC 7616
// 3.4.2) or as `scrypt:SALT:KEY` (both base64, with Node's usual cost). Comparing takes the same time whatever is wrong, the name
// included: where anybody's is kept as scrypt, it is worked out for made-up names too.

import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PumpError } from '../../errors.ts';
import { household } from './addresses.ts';

/** Part of every HA1, so it can never change. */
export const REALM = 'Stream Pump';

export type Algorithm = 'MD5' | 'SHA-256';

/** One derivation takes some 50 ms and 16 MiB of one of Node's few threads, which files and names need too. Each is of another
 *  household: whoever tries passwords by the thousand waits for himself alone, and is soon told to. */
const MOST_DERIVATIONS = 4;
/** of one household, with the one that is worked out */
const LONGEST_LINE = 4;
/** Shorter ones can be guessed, longer ones are none. */
const SHORTEST_KEY_BYTES = 16;
const LONGEST_KEY_BYTES = 64;
const NOTHING = Buffer.alloc(0);

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
/** by household, as long as somebody is in it */
const lines = new Map<string, { length: number; last: Promise<unknown> }>();

/** Nobody's password: what an unknown user's is compared with. */
const NOBODYS = randomBytes(32).toString('hex');
const NOBODYS_DERIVED = { salt: randomBytes(16), key: randomBytes(32) };

/** Passwords that are being worked out, or were and were right: a crowd that comes with one costs one. Under a key of this
 *  process, from which the password cannot be told. */
const worked = new Map<string, Promise<boolean>>();
const WORKED_KEY = randomBytes(32);
/** More users than watch in one evening; the oldest is then worked out again. */
const MOST_WORKED = 10_000;

export function digestOf(algorithm: Algorithm, ...fields: readonly string[]): string {
  const name = algorithm === 'MD5' ? 'md5' : 'sha256';
  return createHash(name).update(fields.join(':')).digest('hex');
}

/** Same time for any two texts, of any lengths. */
export function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Digest and its like need what a scrypt hash does not give. */
export function isDigestible(stored: string): boolean {
  return !stored.startsWith('scrypt:');
}

/** What Digest calls HA1; undefined where the stored form does not give it. */
export function ha1(stored: string, user: string, algorithm: Algorithm): string | undefined {
  if (stored.startsWith('ha1:')) return algorithm === 'MD5' ? stored.slice('ha1:'.length).toLowerCase() : undefined;
  return isDigestible(stored) ? digestOf(algorithm, user, REALM, stored) : undefined;
}

/** Is this the password of this user? */
export async function isPassword(
  given: string,
  user: string,
  users: Readonly<Record<string, string>>,
  address: string,
): Promise<boolean> {
  const stored = Object.hasOwn(users, user) ? users[user] : undefined;
  if (stored !== undefined && !isDigestible(stored)) return isDerived(given, readScrypt(stored), address);
  if (isLike(given, stored, user)) return true;
  return Object.values(users).every(isDigestible) ? false : isDerived(given, NOBODYS_DERIVED, address);
}

function isLike(given: string, stored: string | undefined, user: string): boolean {
  if (stored === undefined) return same(given, NOBODYS) && false;
  if (stored.startsWith('ha1:'))
    return same(digestOf('MD5', user, REALM, given), stored.slice('ha1:'.length).toLowerCase());
  return same(given, stored);
}

interface Derived {
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Throws where that is no hash that can be compared with. */
export function readScrypt(stored: string): Derived {
  const [, salt = NOTHING, key = NOTHING, ...rest] = stored.split(':').map((part) => Buffer.from(part, 'base64'));
  const isWhole = salt.length > 0 && key.length >= SHORTEST_KEY_BYTES && key.length <= LONGEST_KEY_BYTES;
  if (!isWhole || rest.length > 0)
    throw new PumpError(
      'usage',
      `a password stored as scrypt is 'scrypt:SALT:KEY', both in base64, the key of 16 to 64 bytes`,
    );
  return { salt, key };
}

function isDerived(given: string, derived: Derived, address: string): Promise<boolean> {
  const { salt, key } = derived;
  const name = createHmac('sha256', WORKED_KEY)
    .update(`${salt.toString('hex')}:${key.toString('hex')}:${given}`)
    .digest('base64');
  const before = worked.get(name);
  if (before) return before;
  const now = work(given, derived, household(address));
  worked.set(name, now);
  const [oldest] = worked.keys();
  if (oldest !== undefined && worked.size > MOST_WORKED) worked.delete(oldest);
  const forget = () => void worked.delete(name);
  now.then((isRight) => void (isRight || forget()), forget);
  return now;
}

async function work(given: string, { salt, key }: Derived, who: string): Promise<boolean> {
  const line = lines.get(who) ?? { length: 0, last: Promise.resolve() };
  const isRoom = line.length === 0 ? lines.size < MOST_DERIVATIONS : line.length < LONGEST_LINE;
  if (!isRoom)
    throw new PumpError('full', 'Too many are logging in just now: try again in a moment.', {
      headers: { 'Retry-After': '1' },
    });
  lines.set(who, line);
  line.length += 1;
  const derived = line.last.then(() => derive(given, salt, key.length));
  line.last = derived.catch(() => {});
  try {
    return timingSafeEqual(await derived, key);
  } finally {
    line.length -= 1;
    if (line.length === 0) lines.delete(who);
  }
}
