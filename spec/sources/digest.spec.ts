import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Authorization } from '../../src/sources/digest.ts';

const visitor = () => new Authorization({ user: 'Mufasa', password: 'Circle of Life' });
const field = (header: string | undefined, name: string) => new RegExp(`\\b${name}="?([^",]+)`).exec(header ?? '')?.[1];
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

describe('an answer to a challenge', () => {
  it('is nothing before there was one', () => {
    expect(visitor().header('GET', '/')).toBeUndefined();
  });

  it.each([
    ['MD5', 'md5'],
    ['SHA-256', 'sha256'],
  ])('is computed as [RFC 7616] 3.4.1 says, with %s', (algorithm, name) => {
    const hash = (text: string) => createHash(name).update(text).digest('hex');
    const me = visitor();
    const challenge = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf", opaque="FQhe"`;
    expect(me.learn(challenge)).toBe(true);
    const header = me.header('GET', '/dir/index.html');
    const parts = ['7ypf', '00000001', field(header, 'cnonce'), 'auth', hash('GET:/dir/index.html')];
    expect(field(header, 'response')).toBe(
      hash([hash('Mufasa:http-auth@example.org:Circle of Life'), ...parts].join(':')),
    );
    expect(header).toContain('opaque="FQhe"');
  });

  it('counts how often a nonce was used, and begins again with a new one', () => {
    const me = visitor();
    me.learn('Digest realm="r", nonce="a", qop="auth"');
    expect([me.header('GET', '/'), me.header('GET', '/')].map((header) => field(header, 'nc'))).toEqual([
      '00000001',
      '00000002',
    ]);
    me.learn('Digest realm="r", nonce="b", qop="auth", stale=true');
    expect(field(me.header('GET', '/'), 'nc')).toBe('00000001');
  });

  it('is the old kind where the server knows no qop', () => {
    const me = visitor();
    me.learn('Digest realm="r", nonce="n"');
    const header = me.header('GET', '/x');
    expect(field(header, 'response')).toBe(md5(`${md5('Mufasa:r:Circle of Life')}:n:${md5('GET:/x')}`));
    expect(header).not.toContain('qop');
  });

  it.each([
    [['Basic realm="r"', 'Digest realm="r", nonce="n", qop="auth"'], 'Digest'],
    [['Negotiate, NTLM, Basic realm="a, Digest b", charset="UTF-8", Digest realm="r", nonce="n"'], 'Digest'],
    [['Digest realm="r", nonce="n", qop="auth-int"', 'Basic realm="r"'], 'Basic'],
    [['Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"', 'basic realm=r'], 'Basic'],
  ])('to %j is %s', (lines, scheme) => {
    const me = visitor();
    expect(me.learn(lines)).toBe(true);
    expect(me.header('GET', '/')?.split(' ')[0]).toBe(scheme);
  });

  it('prefers the stronger hash, whichever was offered first', () => {
    const me = visitor();
    me.learn([
      'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
      'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"',
    ]);
    expect(me.header('GET', '/')).toContain('algorithm=SHA-256');
  });

  it.each([undefined, '', 'Negotiate', 'NTLM TlRMTVNTUAAC=='])('cannot be given to %j', (line) => {
    expect(visitor().learn(line)).toBe(false);
  });

  it('quotes what could break out of its quotes', () => {
    const me = new Authorization({ user: 'a"b', password: '' });
    me.learn('Digest realm="r\\"s", nonce="n"');
    expect(me.header('GET', '/')).toContain('username="a\\"b", realm="r\\"s"');
  });
});
