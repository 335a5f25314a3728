import { describe, expect, test } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import { readSdp } from '../../src/sdp/description.ts';
import { sessionOf } from '../../src/sdp/offer.ts';
import { originalOffer } from './original-client.ts';

const good = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=x', 'c=IN IP4 239.0.0.1', 't=0 0', 'm=video 5004 RTP/AVP 33'];
const with_ = (...lines: string[]) => [...good, ...lines].join('\r\n');
const without = (start: string) => good.filter((line) => !line.startsWith(start)).join('\r\n');

describe('reading SDP', () => {
  test('reads the offer of the first clients of this kind', () => {
    const { title, media } = readSdp(originalOffer());
    expect(title).toBe('RTP Multicast Client');
    expect(media).toEqual([
      {
        kind: 'video',
        port: 5004,
        protocol: 'RTP/AVP',
        formats: ['96'],
        connection: { family: 4, address: '239.0.0.1' },
        direction: 'recvonly',
        codecs: [{ payloadType: 96, name: 'H264', clockRate: 90_000 }],
        sources: [],
        reports: true,
      },
    ]);
  });

  test.each([
    ['LF alone', good.join('\n')],
    ['no end of the last line', good.join('\r\n')],
    ['empty lines at the end', `${good.join('\r\n')}\r\n\r\n`],
    ['spaces that nobody sees', good.map((line) => `${line} \t`).join('\r\n')],
    ['a mark of its byte order', `\uFEFF${good.join('\r\n')}`],
    ['attributes that nobody knows', with_('a=x-own:1', 'a=__proto__:1', 'k=clear:x', 'i=constructor')],
    ['a port with a count', without('m=') + '\r\nm=video 5004/2 RTP/AVP 33'],
  ])('is tolerant of %s', (_, text) => {
    expect(readSdp(text).media).toMatchObject([{ port: 5004, codecs: [{ name: 'MP2T' }] }]);
  });

  test.each([
    ['', 'Line 1 of this SDP'],
    ['hello', `Line 1 of this SDP: expected 'v=0': SDP begins so, got 'hello'.`],
    ['v=1', `Line 1`],
    [without('o='), `Line 5 of this SDP: expected 'o=' to come before it, got 'm=video 5004 RTP/AVP 33'.`],
    [without('s='), `expected 's=' to come before it`],
    [with_('m=video'), `Line 7 of this SDP: expected a medium such as 'm=video 5004 RTP/AVP 33', got 'm=video'.`],
    [with_('m=video 65536 RTP/AVP 33'), 'Line 7'],
    [with_('m=video -1 RTP/AVP 33'), 'Line 7'],
    [with_('m=video NaN RTP/AVP 33'), 'Line 7'],
    [with_('c=IN IP4 ff15::1'), 'Line 7'],
    [with_('c=IN IP4 239.0.0.1/256'), 'Line 7'],
    [with_('a=rtpmap:96 H264'), 'Line 7'],
    [with_('a=rtpmap:128 H264/90000'), 'Line 7'],
    [with_('a=rtcp:0'), 'Line 7'],
    [with_('a=source-filter: incl IN IP4 232.1.1.1'), 'Line 7'],
    [with_('a=recvonly:please'), 'Line 7'],
    [with_('b=AS:many'), 'Line 7'],
    [with_('i=a\0b'), 'control characters'],
    [with_('broken'), `Line 7 of this SDP: expected a letter and '=', got 'broken'.`],
    [with_(`i=${'x'.repeat(1100)}`), 'at most 1024 characters'],
    [with_('a=x\r\n'.repeat(1000)), 'more than 1000 lines'],
    [with_('x'.repeat(70_000)), 'at most 64 kB'],
  ])('says of %j which line is wrong', (text, why) => {
    expect(() => readSdp(text)).toThrow(why);
    expect(() => readSdp(text)).toThrow(PumpError);
  });

  test('leaves nothing behind where its keys are those of every object', () => {
    readSdp(with_('a=__proto__:x', 'a=fmtp:96 __proto__=1;constructor=2', 'a=rtpmap:96 __proto__/90000'));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect({}).not.toHaveProperty('1');
  });

  test('takes a session that is called NaN or 5 for one of that name', () => {
    expect(readSdp(good.join('\r\n').replace('s=x', 's=NaN')).title).toBe('NaN');
    expect(readSdp(good.join('\r\n').replace('s=x', 's=5')).title).toBe('5');
  });

  test('lets what a medium says count for more than what holds for all', () => {
    const text = with_('c=IN IP4 239.0.0.9/3', 'a=source-filter: incl IN IP4 239.0.0.9 192.0.2.7', 'a=sendonly');
    expect(readSdp(text).media[0]).toMatchObject({
      connection: { address: '239.0.0.9', ttl: 3 },
      sources: ['192.0.2.7'],
      direction: 'sendonly',
    });
  });

  test('lets what holds for all count where a medium says nothing', () => {
    const [v, o, s, c, t, m] = good;
    const all = [v, o, s, c, t, 'a=recvonly', 'a=source-filter: incl IN IP4 * 192.0.2.7 192.0.2.8', m];
    const own = [...all, 'a=inactive'];
    expect(readSdp(all.join('\n')).media[0]).toMatchObject({
      direction: 'recvonly',
      sources: ['192.0.2.7', '192.0.2.8'],
    });
    expect(readSdp(own.join('\n')).media[0]).toMatchObject({ direction: 'inactive' });
  });

  test('takes no sender from a filter that is about another group', () => {
    expect(readSdp(with_('a=source-filter: incl IN IP4 239.9.9.9 192.0.2.7')).media[0]?.sources).toEqual([]);
    expect(readSdp(with_('a=source-filter: excl IN IP4 239.0.0.1 192.0.2.7')).media[0]?.sources).toEqual([]);
  });
});

describe('what is to be joined', () => {
  test.each([
    [without('m='), 'no m= line'],
    [`${without('m=')}\r\nm=video 0 RTP/AVP 33`, 'no m= line has a port'],
    [without('c='), 'no address'],
    [good.join('\r\n').replace('239.0.0.1', 'example.org'), `'example.org' is none`],
    [`${without('m=')}\r\nm=video 5004 RTP/AVP 96`, 'what payload type 96 is'],
  ])('is not told by %j', (text, why) => {
    expect(() => sessionOf(readSdp(text))).toThrow(why);
  });
});
