// Who may watch and who may publish: by address, and by name and password (Basic, RFC 7617, and Digest, RFC 7616).

import { PumpError } from '../../errors.ts';
import { type Range, range } from '../../range.ts';
import { REALM, isDigestible, isPassword, readScrypt } from './credentials.ts';
import { type Digest, type Request, digest } from './digest.ts';
import type { Clock } from '../../clock.ts';
import type { Access } from '../stream.ts';

/** Somebody at the door. */
interface Comer extends Request {
  readonly address: string;
  /** the request's Authorization header */
  readonly authorization: string | undefined;
  /** the ways of logging in that it says it knows (X-Accept-Authentication), as Windows Media's clients do */
  readonly ways: string | undefined;
}

/** Resolves with the user's name where one was asked for; rejects with what to answer. */
type Door = (comer: Comer) => Promise<string | undefined>;

/** One for all streams; what a stream's access says is read once. */
export function doors(clock: Clock, key?: Buffer): (access: Access) => Door {
  const digests = digest(clock, key);
  const known = new WeakMap<Access, Door>();
  return (access) => {
    let found = known.get(access);
    if (!found) known.set(access, (found = door(access, digests)));
    return found;
  };
}

function door({ users, from }: Access, digests: Digest): Door {
  const isNear: Range = from ? range(from) : () => true;
  for (const stored of Object.values(users ?? {})) if (!isDigestible(stored)) readScrypt(stored);
  return async (comer) => {
    if (!isNear(comer.address))
      throw new PumpError('forbidden', 'Your address may not do this here: ask whoever runs this pump to let it in.');
    if (!users) return undefined;
    const verdict = await check(comer, users, digests);
    if (typeof verdict === 'object') return verdict.user;
    throw refusal(comer, users, digests, verdict);
  };
}

async function check(
  { authorization = '', address, ...request }: Comer,
  users: Readonly<Record<string, string>>,
  digests: Digest,
) {
  const [, scheme = '', rest = ''] = /^\s*([a-z]+)\s+(.*)$/i.exec(authorization) ?? [];
  if (/^digest$/i.test(scheme)) return digests.check(rest, request, users);
  if (!/^basic$/i.test(scheme)) return 'wrong';
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(rest, 'base64').toString('utf8')) ?? [];
  return (await isPassword(password, user, users, address)) ? { user } : 'wrong';
}

/** Who is offered Digest takes it, so it is offered where it is good for everybody; and, as long as it is good for anybody, to
 *  encoders that say they know nothing else of ours. */
function isDigestOffered({ ways }: Comer, users: Readonly<Record<string, string>>): boolean {
  const isAllTheyKnow = ways !== undefined && !/\bbasic\b/i.test(ways);
  return isAllTheyKnow ? Object.values(users).some(isDigestible) : Object.values(users).every(isDigestible);
}

function refusal(
  comer: Comer,
  users: Readonly<Record<string, string>>,
  digests: Digest,
  verdict: 'wrong' | 'stale',
): PumpError {
  const basic = `Basic realm="${REALM}", charset="UTF-8"`;
  const challenges = isDigestOffered(comer, users) ? [digests.challenge(verdict === 'stale'), basic] : [basic];
  const isAsked = comer.authorization === undefined;
  const message = isAsked ? 'A user name and a password are needed here.' : 'The user name or the password is wrong.';
  return new PumpError('wrong credentials', message, {
    headers: { 'WWW-Authenticate': challenges },
    fields: { isAsked },
  });
}
