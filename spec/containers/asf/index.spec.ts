import { describe, expect, it } from 'vitest';
import { asf as container } from '../../../src/containers/asf/index.ts';
import { byContentType, byName, recognise } from '../../../src/containers/index.ts';
import { asf, expressionEncoder } from '../../support/asf.ts';
import { frame, reason, served } from '../../support/mmsh.ts';

const header = asf().video(1).header();

describe('recognising ASF', () => {
  it.each([
    ['a file', header],
    ['a push', frame('H', header)],
    ['a pull', served('H', header)],
    ['a pull that begins with metadata', served('M', Buffer.from('playlist-gen-id=1'))],
    ['an encoder that goes on', frame('D', Buffer.alloc(400))],
    ['filler', frame('F', Buffer.alloc(9))],
    ['an end', frame('E', reason(0))],
  ])('says yes to %s, with the bit of a fast start or without', (_, start) => {
    expect(container.recognise(start)).toBe(true);
    const fast = Buffer.from(start);
    fast.writeUInt8(start.readUInt8(0) | (start[0] === 0x24 ? 0x80 : 0), 0);
    expect(container.recognise(fast)).toBe(true);
  });

  it.each([
    ['a transport stream', Buffer.from([0x47, 0x40, 0, 0x10])],
    ['Matroska', Buffer.from('1a45dfa3', 'hex')],
    ['a web page', Buffer.from('<html>')],
    ['a text with a dollar', Buffer.from('$500 only')],
    ['a frame of no known letter', Buffer.from('$Z\0\0')],
    ['a header frame without a header', frame('H', Buffer.alloc(40, 1))],
    ['a test with something in it', frame('T', Buffer.alloc(2))],
    ['an end that is too long', frame('E', Buffer.alloc(13))],
    ['a digit', Buffer.from('0123456789abcdef0123')],
  ])('says no to %s', (_, start) => {
    expect(container.recognise(start)).toBe(false);
  });

  it('waits for enough bytes to tell', () => {
    for (const start of [header.subarray(0, 15), frame('H', header).subarray(0, 19), Buffer.from('$D')]) {
      expect(container.recognise(start)).toBeUndefined();
    }
  });
});

describe('the list of containers', () => {
  it('finds ASF by name, by content type and by first bytes', () => {
    expect(byName('asf')).toBe(container);
    expect(byContentType('Video/X-MS-ASF; charset=utf-8')).toBe(container);
    expect(byContentType('application/x-mms-framed')).toBe(container);
    expect(recognise(header)).toBe(container);
  });

  it('finds nothing where there is nothing, and waits where it cannot say', () => {
    expect(byName('avi')).toBeUndefined();
    expect(byContentType('text/html')).toBeUndefined();
    expect(recognise(Buffer.from('<html></html>'))).toBe(false);
    expect(recognise(Buffer.alloc(0))).toBeUndefined();
    expect(recognise(header.subarray(0, 3))).toBeUndefined();
  });
});

describe('the tracks of a stream', () => {
  it('are told with what is known of them, scripts too', () => {
    expect(container.tracks(expressionEncoder().header())).toEqual([
      { id: 1, kind: 'audio', codec: 'WMA2', channels: 2, sampleRate: 48_000, bitrate: 193_195 },
      { id: 2, kind: 'video', codec: 'WMV3', width: 320, height: 240, bitrate: 357_137 },
      { id: 4, kind: 'other', codec: 'script', bitrate: 6157 },
    ]);
  });

  it.each([
    [0x160, 'WMA1'],
    [0x162, 'WMA Pro'],
    [0x163, 'WMA Lossless'],
    [0x0a, 'WMA Voice'],
    [0x55, 'MP3'],
    [0x4242, '0x4242'],
  ])('name the sound of tag %i %s', (tag, codec) => {
    expect(container.tracks(asf().audio(1, { tag }).header())).toMatchObject([{ codec, bitrate: 32_000 }]);
  });

  it('show a picture codec that has no printable name as a number', () => {
    const header = asf().video(1, { codec: '\x01\0\0\x10' }).header();
    expect(container.tracks(header)).toMatchObject([{ codec: '0x01000010' }]);
  });
});
