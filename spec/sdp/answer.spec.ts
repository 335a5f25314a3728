import { describe, expect, test } from 'vitest';
import { readGroup } from '../../src/datagrams/group.ts';
import { answer } from '../../src/sdp/answer.ts';
import { readSdp } from '../../src/sdp/description.ts';
import { offer, sessionOf } from '../../src/sdp/offer.ts';
import { type Session, sessionAt } from '../../src/sdp/session.ts';
import { originalOffer, readAsOriginal } from './original-client.ts';

const at = (url: string, more: Partial<Session> = {}): Session => {
  const group = readGroup(url);
  if (!group) throw new Error(`no group: ${url}`);
  return { ...sessionAt(group, 'tv'), ...more };
};

const TS = at('rtp://239.1.2.3:6004', { ttl: 4 });
const H264 = at('rtp://239.1.2.4:6006', { payloadType: 97, codec: 'H264', fmtp: 'packetization-mode=1' });
const SIX = at('rtp://[ff15::1]:6008');

const manner = { strict: false, origin: '192.0.2.10' };
const reply = (text: string, sessions: readonly [Session, ...Session[]], more = {}) =>
  answer(readSdp(text), sessions, { ...manner, ...more });
const offered = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');
const media = (text: string) => text.split('\r\n').filter((line) => line.startsWith('m='));

describe('an answer', () => {
  test('is understood by the first clients of this kind, whatever they offer', () => {
    expect(readAsOriginal(reply(originalOffer(), [TS]))).toEqual({ address: '239.1.2.3', port: 6004 });
    expect(readAsOriginal(reply(originalOffer(), [H264]))).toEqual({ address: '239.1.2.4', port: 6006 });
  });

  test('tells also such a client what the stream really is', () => {
    const lines = reply(originalOffer(), [TS]).split('\r\n');
    expect(lines.slice(2)).toEqual([
      's=tv',
      'c=IN IP4 239.1.2.3',
      't=0 0',
      'm=video 6004 RTP/AVP 33',
      'a=rtpmap:33 MP2T/90000',
      'a=sendonly',
      '',
    ]);
  });

  test('has the TTL where the offer has one', () => {
    const text = offered('m=video 5004 RTP/AVP 33').replace('IP4 192.0.2.1\r\nt', 'IP4 239.0.0.1/16\r\nt');
    expect(reply(text, [TS])).toContain('c=IN IP4 239.1.2.3/4\r\n');
  });

  test('gives the session to the first line that fits and port 0 to the others, in their order', () => {
    const text = offered(
      'm=audio 49170 RTP/AVP 0 8',
      'm=video 5000 RTP/AVP 98',
      'a=rtpmap:98 VP8/90000',
      'm=video 5004 RTP/AVP 96',
      'a=rtpmap:96 h264/90000',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    );
    expect(media(reply(text, [H264]))).toEqual([
      'm=audio 0 RTP/AVP 0 8',
      'm=video 0 RTP/AVP 98',
      'm=video 6006 RTP/AVP 97',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
  });

  test.each([
    ['recvonly', 'sendonly'],
    ['sendrecv', 'sendonly'],
    ['sendonly', 'inactive'],
    ['inactive', 'inactive'],
  ])('mirrors the direction: to %s it says %s', (theirs, ours) => {
    expect(reply(offered('m=video 5004 RTP/AVP 33', `a=${theirs}`), [TS])).toContain(`\r\na=${ours}\r\n`);
  });

  test('chooses the session of the family and the codec that was offered', () => {
    const both = [SIX, TS, H264] as const;
    expect(reply(offered('m=video 5004 RTP/AVP 33'), both)).toContain('c=IN IP4 239.1.2.3\r\n');
    expect(reply(offered('m=video 5004 RTP/AVP 96', 'a=rtpmap:96 H264/90000'), both)).toContain('239.1.2.4');
    const six = offered('m=video 5004 RTP/AVP 33').replace('c=IN IP4 192.0.2.1', 'c=IN IP6 2001:db8::1');
    expect(reply(six, both)).toContain('c=IN IP6 ff15::1\r\n');
  });

  test('keeps to the kind and the profile that were offered, where they can be', () => {
    expect(media(reply(offered('m=application 5004 RTP/AVPF 33'), [TS]))).toEqual(['m=application 6004 RTP/AVPF 33']);
    expect(media(reply(offered('m=video 5004 RTP/SAVP 33'), [TS]))).toEqual(['m=video 6004 RTP/AVP 33']);
  });

  test('names the only sender whose datagrams count', () => {
    const text = reply(offered('m=video 5004 RTP/AVP 33'), [at('rtp://192.0.2.7@232.1.1.1:5004')]);
    expect(text).toContain('a=source-filter: incl IN IP4 232.1.1.1 192.0.2.7\r\n');
    expect(readAsOriginal(text)).toEqual({ address: '232.1.1.1', port: 5004 });
  });

  test('tells where the stream is beside all that was offered, where nothing of that can be it', () => {
    expect(media(reply(offered('m=audio 49170 RTP/AVP 0'), [TS]))).toEqual([
      'm=audio 0 RTP/AVP 0',
      'm=video 6004 RTP/AVP 33',
    ]);
    expect(media(reply(offered(), [TS]))).toEqual(['m=video 6004 RTP/AVP 33']);
    expect(media(reply(offered('m=video 0 RTP/AVP 33'), [TS]))).toEqual([
      'm=video 0 RTP/AVP 33',
      'm=video 6004 RTP/AVP 33',
    ]);
  });

  test('is a refusal with the reason where that is wished and nothing fits', () => {
    expect(() => reply(originalOffer(), [TS], { strict: true })).toThrow(
      'This stream is multicast as MP2T at rtp://239.1.2.3:6004, and the offer takes H264 by IPv4.',
    );
    expect(() => reply(offered('m=video 5004 RTP/AVP 33'), [SIX], { strict: true })).toThrow(
      'MP2T at rtp://[ff15::1]:6008, and the offer takes MP2T by IPv4',
    );
    const slow = originalOffer().replace('H264/90000', 'H264/8000');
    expect(() => reply(slow, [H264], { strict: true })).toThrow('the offer takes H264');
    expect(media(reply(originalOffer(), [H264], { strict: true }))).toEqual(['m=video 6006 RTP/AVP 97']);
  });

  test('brings our own client to the session as it is', () => {
    for (const session of [TS, H264])
      expect(sessionOf(readSdp(reply(offer(), [session])))).toEqual({
        ...session,
        ttl: undefined,
        reports: true,
      });
  });
});
