import { describe, expect, test } from 'vitest';
import { interfaceFor, type Interfaces } from '../../src/datagrams/interface.ts';

const four = (address: string) =>
  ({ address, netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' }) as const;
const six = (address: string, scopeid = 0) =>
  ({ address, netmask: '', mac: '', internal: false, cidr: null, family: 'IPv6', scopeid }) as const;
const all: Interfaces = {
  lo: [four('127.0.0.1'), six('::1')],
  eth1: [four('10.0.0.2'), four('10.0.0.3'), six('fd00::2'), six('fe80::2', 3)],
  wg0: [six('fd01::2')],
};

describe('a network interface', () => {
  test.each([
    ['eth1', 4, '10.0.0.2'],
    ['10.0.0.3', 4, '10.0.0.3'],
    ['fd00::2', 4, '10.0.0.2'],
    ['eth1', 6, '::%eth1'],
    ['10.0.0.2', 6, '::%eth1'],
    ['FD00::2', 6, '::%eth1'],
    ['wg0', 6, '::%wg0'],
  ] as const)('is known by %s for IPv%i', (which, family, told) => {
    expect(interfaceFor(which, family, all)).toBe(told);
  });

  test('that is not there is told with those that are', () => {
    expect(() => interfaceFor('eth9', 4, all)).toThrow(
      "there is no network interface 'eth9' here, only lo (127.0.0.1, ::1), eth1 (10.0.0.2, 10.0.0.3, fd00::2, fe80::2), wg0 (fd01::2)",
    );
    expect(() => interfaceFor('eth9', 4, {})).toThrow('none at all');
  });

  test('without an IPv4 address joins no IPv4 group', () => {
    expect(() => interfaceFor('wg0', 4, all)).toThrow("the network interface 'wg0' has no IPv4 address");
  });
});
