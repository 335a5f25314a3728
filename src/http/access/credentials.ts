// A user's password as the configuration keeps it: in plain, as `ha1:HEX` (MD5 of `user:Stream Pump:password`, RFC 7616
// 3.4.2) or as `scrypt:SALT:KEY` (both base64, with Node's usual cost). Comparing takes the same time whatever
// is wrong, but for scrypt, which is worked out for users alone that there are: made-up names shall cost nothing.

import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PumpError } from '../../errors.ts';

/** Part of every HA1, so it can never change. */
export const REALM = 'Stream Pump';

export type Algorithm = 'MD5' | 'SHA-256';

/** One derivation takes some 50 ms and 16 MiB of one of Node's few threads, which files and names need too: whoever tries
 *  passwords by the thousand is told to wait. */
const MOST_DERIVATIONS = 4;
/** Shorter ones can be guessed, longer ones are none. */
const SHORTEST_KEY_BYTES = 16;
const LONGEST_KEY_BYTES = 64;
const NOTHING = Buffer.alloc(0);

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
let derivations = 0;

/** Nobody's password: what an unknown user's is compared with. */
const NOBODYS = randomBytes(32).toString('hex');

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

/** Is this the password? `stored` is undefined for a user whom nobody knows. */
export async function isPassword(given: string, stored: string | undefined, user: string): Promise<boolean> {
  if (stored === undefined) return same(given, NOBODYS) && false;
  if (stored.startsWith('ha1:'))
    return same(digestOf('MD5', user, REALM, given), stored.slice('ha1:'.length).toLowerCase());
  if (stored.startsWith('scrypt:')) return isDerived(given, readScrypt(stored));
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

async function isDerived(given: string, { salt, key }: Derived): Promise<boolean> {
  if (derivations >= MOST_DERIVATIONS)
    throw new PumpError('full', 'Too many are logging in just now: try again in a moment.', {
      headers: { 'Retry-After': '1' },
    });
  derivations += 1;
  try {
    return timingSafeEqual(await derive(given, salt, key.length), key);
  } finally {
    derivations -= 1;
  }
}
