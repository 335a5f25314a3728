import { describe, expect, it } from 'vitest';
import { bracketed, range } from '../src/range.ts';

describe('a list of addresses', () => {
  it('holds single addresses, networks, and the machine itself, in either way of writing IPv4', () => {
    const isIn = range(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7', 'localhost']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::5', '192.0.2.7', '127.0.0.1', '::1'])
      expect([address, isIn(address)]).toEqual([address, true]);
    for (const address of ['11.0.0.1', '2001:db9::1', '192.0.2.8', '', 'nonsense'])
      expect([address, isIn(address)]).toEqual([address, false]);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', 'pump', '::1/129', '10.0.0.0/8/8'])('with %s in it is refused', (entry) => {
    expect(() => range([entry])).toThrow(entry);
  });
});

it('an address before a port is in brackets where it has colons of its own, once', () => {
  expect(['192.0.2.1', '::1', '[::1]', 'host'].map(bracketed)).toEqual(['192.0.2.1', '[::1]', '[::1]', 'host']);
});
