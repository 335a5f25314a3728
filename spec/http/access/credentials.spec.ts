// Passwords that are kept as scrypt, which is slow: who waits for whom. What is let in is in access.spec.ts.

import { randomBytes, scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isPassword } from '../../../src/http/access/credentials.ts';

const SALT = randomBytes(16);
const users = { ann: `scrypt:${SALT.toString('base64')}:${scryptSync('secret', SALT, 32).toString('base64')}` };
const comes = (address: string, user: string, password: string) =>
  isPassword(password, user, users, address).catch(({ message }: Error) => message);

describe('a stranger who tries one made-up name after the other', () => {
  it.each([
    ['from his address', () => '192.0.2.66', '192.0.2.7'],
    ['from all addresses of his network', (n: number) => `2001:db8:0:1::${n}`, '2001:db8:0:2::1'],
  ])('%s, is told to wait, and others get in', async (_, stranger, viewer) => {
    const tries = Array.from({ length: 20 }, (__, n) => comes(stranger(n), `name ${n}`, `guess ${n}`));
    expect(await comes(viewer, 'ann', 'secret')).toBe(true);
    const [first, second, third, fourth, ...others] = await Promise.all(tries);
    expect([first, second, third, fourth]).toEqual([false, false, false, false]);
    expect(new Set(others)).toEqual(new Set([expect.stringMatching(/^Too many are logging in/)]));
    expect(await comes(stranger(20), 'carl', 'a guess')).toBe(false);
  });
});

it('from more addresses than are worked out at once, one is told to wait', async () => {
  const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => comes(`192.0.2.${n}`, 'carl', `guess ${n}`)));
  expect(answers).toEqual([false, false, false, false, expect.stringMatching(/^Too many/)]);
});
