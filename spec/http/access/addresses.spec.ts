import { describe, expect, it } from 'vitest';
import { caller, plain } from '../../../src/http/access/addresses.ts';
import { range } from '../../../src/range.ts';

describe('who somebody is', () => {
  const isTrusted = range(['10.0.0.0/8', '::1']);
  const who = (peer: string | undefined, told: string) => caller(peer, told.split(','), isTrusted).address;

  it('is told by trusted proxies alone, the nearest first', () => {
    expect(who('10.0.0.1', '192.0.2.1')).toBe('192.0.2.1');
    expect(who('::ffff:10.0.0.1', '198.51.100.1, 192.0.2.1, 10.0.0.2')).toBe('192.0.2.1');
    expect(who('192.0.2.9', '198.51.100.1')).toBe('192.0.2.9');
    expect(who('::1', '[2001:db8::1]:4711')).toBe('2001:db8::1');
    expect(who('::1', '192.0.2.1:4711')).toBe('192.0.2.1');
  });

  it('stays the proxy where that says nothing that can be understood', () => {
    expect(who('10.0.0.1', '')).toBe('10.0.0.1');
    expect(who('10.0.0.1', 'unknown')).toBe('10.0.0.1');
    expect(who('10.0.0.1', '10.0.0.3, <script>, 10.0.0.2')).toBe('10.0.0.2');
    expect(who(undefined, '192.0.2.1')).toBe('');
  });

  it('is written as people know it', () => {
    expect(plain('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(plain('fe80::1%eth0')).toBe('fe80::1');
  });
});
