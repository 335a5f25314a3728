import { expect, test } from 'vitest';
import { addressBytes } from '../../src/sdp/address-bytes.ts';
import { announcement, deletion } from '../../src/sdp/announcement.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=x\r\n';

test('an announcement is laid out as RFC 2974 draws it', () => {
  const bytes = announcement(SDP, '192.0.2.10');
  expect(bytes[0]).toBe(0b001_0_0_0_0_0); // version 1, IPv4, an announcement, in plain
  expect(bytes[1]).toBe(0);
  expect(bytes.readUInt16BE(2)).toBeGreaterThan(0);
  expect([...bytes.subarray(4, 8)]).toEqual([192, 0, 2, 10]);
  expect(bytes.subarray(8).toString()).toBe(`application/sdp\0${SDP}`);
});

test('of a machine with IPv6 it has sixteen bytes of address', () => {
  const bytes = announcement(SDP, '2001:db8::10');
  expect(bytes[0]).toBe(0b001_1_0_0_0_0);
  expect(bytes.subarray(4, 20).toString('hex')).toBe('20010db8000000000000000000000010');
  expect(bytes.subarray(20).toString()).toBe(`application/sdp\0${SDP}`);
});

test('it is taken back under the same number, by its line of origin', () => {
  const bytes = deletion(SDP, '192.0.2.10');
  expect(bytes[0]).toBe(0b001_0_0_1_0_0);
  expect(bytes.subarray(1, 8)).toEqual(announcement(SDP, '192.0.2.10').subarray(1, 8));
  expect(bytes.subarray(8).toString()).toBe('application/sdp\0o=- 1 1 IN IP4 192.0.2.10\r\n');
});

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['2001:DB8:0:0:1::', '20010db8000000000001000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
])('%s is these bytes', (address, hex) => {
  expect(addressBytes(address).toString('hex')).toBe(hex);
});
