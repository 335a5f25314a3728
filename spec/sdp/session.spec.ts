import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe as group, expect, test } from 'vitest';
import { readGroup } from '../../src/datagrams/group.ts';
import { readSdp } from '../../src/sdp/description.ts';
import { sessionOf } from '../../src/sdp/offer.ts';
import { type Session, describe, sessionAt } from '../../src/sdp/session.ts';

const at = (url: string): Session['group'] => {
  const found = readGroup(url);
  if (!found) throw new Error(`no group: ${url}`);
  return found;
};

const sample = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../samples/sdp/${name}`, import.meta.url)), 'utf8');

const ORIGIN = '192.0.2.10';

group('a session as SDP', () => {
  test('of a transport stream over RTP is line for line what players know', () => {
    const session = { ...sessionAt(at('rtp://239.0.0.1:5004'), 'Concert hall'), ttl: 5, kilobits: 2500 };
    const [o, ...rest] = describe(session, ORIGIN).split('\r\n').toSpliced(0, 1);
    expect(o).toMatch(/^o=- \d{1,15} 1 IN IP4 192\.0\.2\.10$/);
    expect(rest).toEqual([
      's=Concert hall',
      'c=IN IP4 239.0.0.1/5',
      't=0 0',
      'a=recvonly',
      'a=type:broadcast',
      'm=video 5004 RTP/AVP 33',
      'b=AS:2500',
      'a=rtpmap:33 MP2T/90000',
      '',
    ]);
  });

  test('names the only sender whose datagrams count, and no TTL with IPv6', () => {
    const text = describe(sessionAt(at('rtp://[2001:db8::7]@[ff35::1]:5004')), '2001:db8::10');
    expect(text).toContain('c=IN IP6 ff35::1\r\n');
    expect(text).toContain('a=source-filter: incl IN IP6 ff35::1 2001:db8::7\r\n');
    expect(text).toMatch(/^o=- \d+ 1 IN IP6 2001:db8::10\r$/m);
  });

  test('has a TTL even where nobody knows it, since IPv4 groups have to', () => {
    expect(describe(sessionAt(at('rtp://239.0.0.1:5004')), ORIGIN)).toContain('c=IN IP4 239.0.0.1/16\r\n');
  });

  test('without RTP is written as FFmpeg and live555 read it', () => {
    const text = describe(sessionAt(at('udp://239.0.0.1:5004')), ORIGIN);
    expect(text).toContain('m=video 5004 udp 33\r\n');
    expect(text).not.toContain('rtpmap');
  });

  test('is another session when something in it is another, and else the same', () => {
    const id = (session: Session) => describe(session, ORIGIN).split(' ')[1];
    const session = sessionAt(at('rtp://239.0.0.1:5004'), 'a');
    expect(id(session)).toBe(id({ ...session }));
    expect(id(session)).not.toBe(id({ ...session, title: 'b' }));
  });

  test('comes to the same session when it is read again', () => {
    const whole: Session = {
      title: 'Hall',
      group: at('rtp://192.0.2.7@232.1.1.1:5004'),
      ttl: 3,
      payloadType: 97,
      codec: 'H264',
      clockRate: 90_000,
      fmtp: 'packetization-mode=1; sprop-parameter-sets=Z01AHtoCgL8=,aO88gA==',
      kilobits: 800,
      rtcpPort: 6001,
      reports: false,
    };
    expect(sessionOf(readSdp(describe(whole, ORIGIN)))).toEqual(whole);
  });

  test('cannot be given lines of its own by a title', () => {
    const text = describe(sessionAt(at('rtp://239.0.0.1:5004'), 'a\r\na=evil\r\n'), ORIGIN);
    expect(text).not.toMatch(/^a=evil/m);
  });
});

group('what real programs write', () => {
  test('VLC: a transport stream', () => {
    expect(sessionOf(readSdp(sample('vlc3-rtp-ts.sdp')))).toMatchObject({
      title: 'Unnamed',
      group: { scheme: 'rtp', address: '127.0.0.1', port: 15_010, isMulticast: false },
      payloadType: 33,
      codec: 'MP2T',
      reports: false,
    });
  });

  test('VLC: of H.264 and AAC under the same number, the pictures', () => {
    expect(sessionOf(readSdp(sample('vlc3-rtp-es.sdp')))).toMatchObject({
      group: { port: 15_010 },
      payloadType: 96,
      codec: 'H264',
      fmtp: expect.stringContaining('sprop-parameter-sets=Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==,aO88gA==;'),
    });
  });

  test('FFmpeg: H.264', () => {
    expect(sessionOf(readSdp(sample('ffmpeg5-rtp-h264.sdp')))).toMatchObject({
      group: { port: 15_012 },
      payloadType: 96,
      codec: 'H264',
      clockRate: 90_000,
      reports: true,
    });
  });
});
