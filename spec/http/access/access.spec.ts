// Over real connections: what is asked for, and who is let in. The digests are computed here from RFC 7616 alone.

import { createHash, scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/http/stream.ts';
import { ask, clock, feed, open } from '../stage.ts';

const hash = (algorithm: 'md5' | 'sha256', text: string) => createHash(algorithm).update(text, 'utf8').digest('hex');
const md5 = (text: string) => hash('md5', text);

interface Told {
  readonly user?: string;
  readonly password?: string;
  readonly uri?: string;
  readonly nonce?: string;
  readonly qop?: 'auth' | 'none' | 'auth-int';
  readonly algorithm?: 'MD5' | 'SHA-256';
  readonly method?: string;
}

/** What a client sends back on this challenge. */
function respond(answer: string, told: Told = {}): string {
  const { user = 'ann', password = 'secret', uri = '/api', qop = 'auth', algorithm = 'MD5', method = 'POST' } = told;
  const nonce = told.nonce ?? /nonce="([^"]+)"/.exec(answer)?.[1] ?? '';
  const digest = (text: string) => hash(algorithm === 'MD5' ? 'md5' : 'sha256', text);
  const ha1 = digest(`${user}:Stream Pump:${password}`);
  const ha2 = digest(`${method}:${uri}`);
  const response =
    qop === 'none' ? digest(`${ha1}:${nonce}:${ha2}`) : digest(`${ha1}:${nonce}:00000001:0a4f113b:${qop}:${ha2}`);
  const more = qop === 'none' ? '' : `, qop=${qop}, nc=00000001, cnonce="0a4f113b"`;
  return `Digest username="${user}", realm="Stream Pump", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, response="${response}"${more}`;
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const SALT = Buffer.from('0123456789abcdef');
/** `secret`, as it may be kept */
const SCRYPT = `scrypt:${SALT.toString('base64')}:${scryptSync('secret', SALT, 32).toString('base64')}`;

const PATH = '/streams/hall';

/** A stream that may be watched so; what is sent to it and what comes back. */
async function door(watch: Access, more: Parameters<typeof open>[1] = {}) {
  const { port } = await open([feed('hall', { watch })], more);
  return (Authorization?: string, headers: Readonly<Record<string, string>> = {}, path = PATH) =>
    ask(port, `POST ${path}`, { 'X-Toy': 'log', ...headers, ...(Authorization && { Authorization }) });
}

const IN = /^HTTP\/1\.1 204 /;
const ASKED = /^HTTP\/1\.1 401 /;

describe('a name and a password', () => {
  it('are asked for in the ways that clients know, Digest before Basic', async () => {
    const knock = await door({ users: { ann: 'secret' } });
    const answer = await knock();
    expect(answer).toMatch(ASKED);
    const offers = answer.match(/WWW-Authenticate: .*/g);
    expect(offers).toHaveLength(2);
    expect(offers?.[0]).toMatch(
      /^WWW-Authenticate: Digest realm="Stream Pump", qop="auth", algorithm=MD5, nonce="[\w-]{20,}"\r?$/,
    );
    expect(offers?.[1]).toMatch(/^WWW-Authenticate: Basic realm="Stream Pump", charset="UTF-8"\r?$/);
    expect(answer).toMatch(/\r\n\r\nA user name and a password are needed here\.\n$/);
  });

  it('let in when they are right, and no other', async () => {
    const knock = await door({ users: { ann: 'sécret:with:colons', bob: 'other' } });
    expect(await knock(basic('ann', 'sécret:with:colons'))).toMatch(IN);
    for (const [user, password] of [
      ['ann', 'other'],
      ['ann', ''],
      ['carl', 'other'],
      ['', ''],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ] as const)
      expect(await knock(basic(user, password))).toMatch(ASKED);
    expect(await knock('Basic ???')).toMatch(ASKED);
    expect(await knock('Bearer token')).toMatch(/^HTTP\/1\.1 401 [^]*is wrong\.\n$/);
  });

  it.each([
    {},
    { qop: 'none' },
    { algorithm: 'SHA-256' },
    { uri: `${PATH}?burst=1s` },
    { uri: `http://pump.test${PATH}/` },
    { user: 'ANN\\bob' },
  ] satisfies Told[])('are right as a digest: %o', async (told: Told) => {
    const knock = await door({ users: { ann: 'secret', 'ANN\\bob': 'secret' } });
    expect(await knock(respond(await knock(), { uri: PATH, ...told }))).toMatch(IN);
  });

  it.each([
    { password: 'other' },
    { user: 'carl' },
    { uri: '/streams/other' },
    { method: 'GET' },
    { qop: 'auth-int' },
    { nonce: 'AAAAAAAA' },
  ] satisfies Told[])('are not right as a digest: %o', async (told: Told) => {
    const knock = await door({ users: { ann: 'secret' } });
    const answer = await knock(respond(await knock(), { uri: PATH, ...told }));
    expect(answer).toMatch(ASKED);
  });

  it('may be kept as HA1, good for both ways', async () => {
    const knock = await door({ users: { ann: `ha1:${md5('ann:Stream Pump:secret').toUpperCase()}` } });
    const answer = await knock();
    expect(await knock(respond(answer, { uri: PATH }))).toMatch(IN);
    expect(await knock(respond(answer, { uri: PATH, algorithm: 'SHA-256' }))).toMatch(ASKED);
    expect(await knock(basic('ann', 'secret'))).toMatch(IN);
    expect(await knock(basic('ann', 'other'))).toMatch(ASKED);
  });

  it('may be kept as scrypt, good for Basic alone, so nothing else is offered', async () => {
    const knock = await door({ users: { ann: SCRYPT } });
    expect(await knock()).not.toContain('Digest');
    expect(await knock(undefined, { 'X-Accept-Authentication': 'NTLM, Digest' })).not.toContain('Digest');
    expect(await knock(basic('ann', 'secret'))).toMatch(IN);
    expect(await knock(basic('ann', 'other'))).toMatch(ASKED);
    expect(await knock(respond('nonce="x"', { uri: PATH }))).toMatch(ASKED);
  });

  it('are worked out for names that nobody has as well, so that the time does not tell which there are', async () => {
    for (const users of [{ ann: SCRYPT }, { ann: SCRYPT, bob: 'secret' }]) {
      const knock = await door({ users });
      for (const user of ['carl', 'bob', '__proto__']) {
        const tries = Array.from({ length: 8 }, (_, n) => knock(basic(user, `guess ${n}`)));
        const answers = await Promise.all(tries);
        // More than are worked out at once.
        expect(answers.filter((answer) => /^HTTP\/1\.1 503 [^]*Too many are logging in/.test(answer))).not.toEqual([]);
        expect(answers.filter((answer) => ASKED.test(answer))).not.toEqual([]);
      }
      if ('bob' in users) expect(await knock(basic('bob', 'secret'))).toMatch(IN);
    }
  });

  it('let a crowd in that comes with the same one at once', async () => {
    const knock = await door({ users: { ann: SCRYPT } });
    for (const answer of await Promise.all(Array.from({ length: 40 }, () => knock(basic('ann', 'secret')))))
      expect(answer).toMatch(IN);
    expect(await knock(basic('ann', 'secret '))).toMatch(ASKED);
  });

  it('are asked for by Basic alone where one of several is kept as scrypt, but of encoders that know Digest alone', async () => {
    const knock = await door({ users: { ann: SCRYPT, bob: 'secret' } });
    const knowing = (ways: string) => knock(undefined, { 'X-Accept-Authentication': ways });
    expect(await knock()).not.toContain('Digest');
    expect(await knowing('Negotiate, NTLM, Digest, Basic')).not.toContain('Digest');
    for (const user of ['ann', 'bob']) expect(await knock(basic(user, 'secret'))).toMatch(IN);
    const answer = await knowing('Negotiate, NTLM, Digest');
    expect(await knock(respond(answer, { uri: PATH, user: 'bob' }))).toMatch(IN);
  });

  it.each(['scrypt:c2FsdA==', 'scrypt:c2FsdA==:c2hvcnQ=', 'scrypt::'])(
    'that make no sense are refused at once: %s',
    async (stored) => {
      await expect(door({ users: { ann: stored } })).rejects.toThrow("is 'scrypt:SALT:KEY'");
    },
  );

  it('are taken again without asking their owner when the nonce has run out', async () => {
    const knock = await door({ users: { ann: 'secret' } });
    const answer = await knock();
    await clock.advance(5 * 60_000 - 1);
    expect(await knock(respond(answer, { uri: PATH }))).toMatch(IN);
    await clock.advance(2);
    const late = await knock(respond(answer, { uri: PATH }));
    expect(late).toMatch(/^HTTP\/1\.1 401 [^]*Digest [^\r]*stale=true\r\n/);
    expect(await knock(respond(answer, { uri: PATH, password: 'other' }))).not.toContain('stale');
    expect(await knock(respond(late, { uri: PATH }))).toMatch(IN);
  });

  it('make a loud line in the log when they are wrong, not when they are asked for', async () => {
    const { port, lines } = await open([feed('hall', { watch: { users: { ann: 'secret' } } })]);
    const levels = () => lines.filter(({ msg }) => msg === 'request refused').map(({ level }) => level);
    await ask(port, 'GET /streams/hall');
    expect(levels()).toEqual([20]);
    await ask(port, 'GET /streams/hall', { Authorization: basic('ann', 'wrong') });
    expect(levels()).toEqual([20, 40]);
  });

  it('are never in the log', async () => {
    const { port, lines } = await open([feed('hall', { watch: { users: { ann: 'secret' } } })]);
    await ask(port, 'GET /streams/hall?password=hunter2', { Authorization: basic('ann', 'wrong-one') });
    expect(lines.some(({ code }) => code === 'wrong credentials')).toBe(true);
    expect(JSON.stringify(lines)).not.toMatch(/secret|hunter2|wrong-one|Basic/);
  });
});

describe('an address', () => {
  it('that is not on the list is refused, whatever password comes along', async () => {
    const near = await door({ from: ['127.0.0.0/8'] });
    expect(await near()).toMatch(IN);
    const far = await door({ from: ['192.0.2.0/24'], users: { ann: 'secret' } });
    expect(await far(basic('ann', 'secret'))).toMatch(/^HTTP\/1\.1 403 [^]*Your address/);
  });

  it('is the one that a trusted proxy tells', async () => {
    const watch = { from: ['192.0.2.0/24'] };
    const trusted = await door(watch, { trustProxy: ['127.0.0.1'] });
    expect(await trusted(undefined, { 'X-Forwarded-For': '203.0.113.1, 192.0.2.1' })).toMatch(IN);
    expect(await trusted(undefined, { 'X-Forwarded-For': '192.0.2.1, 203.0.113.1' })).toMatch(/^HTTP\/1\.1 403 /);
    const plain = await door(watch);
    expect(await plain(undefined, { 'X-Forwarded-For': '192.0.2.1' })).toMatch(/^HTTP\/1\.1 403 /);
  });
});
