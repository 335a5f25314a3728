import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRtcp, readRtp, rtpHeader } from '../../src/datagrams/rtp.ts';
import { sample } from '../support/framing.ts';

const payload = Buffer.from('payload');
const header = (flags = 0) => {
  const bytes = rtpHeader({ payloadType: 33, marker: false, sequence: 1, timestamp: 2, ssrc: 3 });
  bytes[0] = 0x80 | flags;
  return bytes;
};
const datagrams = (name: string): Buffer[] => {
  const all = sample(name);
  const found: Buffer[] = [];
  for (let at = 0; at < all.length; at += 2 + all.readUInt16BE(at))
    found.push(all.subarray(at + 2, at + 2 + all.readUInt16BE(at)));
  return found;
};

describe('an RTP packet', () => {
  test('has what its header was written with', () => {
    const fields = { payloadType: 96, marker: true, sequence: 65_535, timestamp: 0xffff_ffff, ssrc: 0x8000_0001 };
    expect(readRtp(Buffer.concat([rtpHeader(fields), payload]))).toEqual({ ...fields, payload });
  });

  test('is written with numbers that go around', () => {
    const fields = { payloadType: 33, marker: false, sequence: 65_537, timestamp: 2 ** 32 + 5, ssrc: -1 };
    expect(readRtp(rtpHeader(fields))).toMatchObject({ sequence: 1, timestamp: 5, ssrc: 0xffff_ffff });
  });

  test('may name other sources, and hold an extension and padding', () => {
    const sources = Buffer.alloc(8, 0x47);
    const extension = Buffer.concat([Buffer.of(0xbe, 0xde, 0, 2), Buffer.alloc(8, 0x47)]);
    const padding = Buffer.of(0x47, 0x47, 0x47, 4);
    const whole = Buffer.concat([header(0x20 | 0x10 | 2), sources, extension, payload, padding]);
    expect(readRtp(whole)?.payload.toString()).toBe('payload');
  });

  test('may be all padding', () => {
    expect(readRtp(Buffer.concat([header(0x20), Buffer.of(0, 0, 3)]))?.payload).toHaveLength(0);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a header', header().subarray(0, 11)],
    ['another version', Buffer.concat([Buffer.of(0x40), header().subarray(1)])],
    ['a transport stream', Buffer.alloc(1316, 0x47)],
    ['fewer sources than it says', Buffer.concat([header(15), Buffer.alloc(59)])],
    ['half an extension header', Buffer.concat([header(0x10), Buffer.alloc(3)])],
    ['a shorter extension than it says', Buffer.concat([header(0x10), Buffer.of(0, 0, 0xff, 0xff)])],
    ['more padding than it has', Buffer.concat([header(0x20), payload, Buffer.of(9)])],
    ['padding over its own header', Buffer.concat([header(0x20), Buffer.of(255)])],
    ['padding of no length', Buffer.concat([header(0x20), payload, Buffer.of(0)])],
  ])('is not seen in %s', (_, datagram) => {
    expect(readRtp(datagram)).toBeUndefined();
  });

  test.each([200, 201, 202, 203, 204, 207])('is no report of type %i', (type) => {
    const report = Buffer.concat([Buffer.of(0x80, type, 0, 6), Buffer.alloc(24)]);
    expect([isRtcp(report), readRtp(report)]).toEqual([true, undefined]);
    expect(isRtcp(header())).toBe(false);
  });

  test('is read from whatever may come without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(0, 0x80, 0xbf), (bytes, first) => {
        const datagram = Buffer.from(bytes);
        if (datagram.length > 0) datagram[0] = first | (datagram[0]! & 0x3f);
        const read = readRtp(datagram);
        expect(read?.payload.length ?? 0).toBeLessThanOrEqual(Math.max(0, datagram.length - 12));
      }),
    );
  });

  test.each(['ffmpeg', 'vlc'])('of %s holds seven packets of a transport stream', (program) => {
    const all = datagrams(`rtp/${program}-mp2t-start.rtpcap`).map((datagram) => readRtp(datagram));
    expect(all).toHaveLength(24);
    const first = all[0]?.sequence ?? 0;
    for (const [n, packet] of all.entries()) {
      expect(packet).toMatchObject({ payloadType: 33, marker: false, sequence: first + n, ssrc: all[0]?.ssrc });
      expect(packet?.payload).toHaveLength(1316);
      expect(packet?.payload[0]).toBe(0x47);
    }
  });
});
