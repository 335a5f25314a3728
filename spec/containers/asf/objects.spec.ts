import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../src/containers/asf/objects.ts';
import { PumpError } from '../../../src/errors.ts';
import { asf, expressionEncoder } from '../../support/asf.ts';

const builder = asf().video(1).audio(2);

const named = builder.describe(1, { name: 'picture' }).header();

/** the header with some bytes written over, found by what stands before them */
function damaged(from: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(from);
  Buffer.from(bytes).copy(copy, at);
  return copy;
}

describe('reading a header', () => {
  it('finds what Expression Encoder promises: odd packets, gaps in the numbers, a script stream', () => {
    const header = readHeader(expressionEncoder().header());
    expect(header).toMatchObject({ packetSize: 8223, preroll: 3000, keyFrames: { stream: 2 } });
    expect(header.streams.map(({ number, kind }) => [number, kind])).toEqual([
      [1, 'audio'],
      [2, 'video'],
      [4, 'command'],
    ]);
  });

  it('does not care whether the beginning of the Data Object follows', () => {
    expect(readHeader(builder.headerObject())).toEqual(readHeader(builder.header()));
  });

  it('finds a stream that only the header extension declares', () => {
    const header = readHeader(asf().audio(1).describe(2, { declares: true, name: 'picture', bitrate: 5000 }).header());
    expect(header.streams[1]).toMatchObject({ number: 2, kind: 'video', codec: 'WMV3', bitrate: 5000 });
    expect(header.keyFrames?.stream).toBe(2);
  });

  it('believes the first of two that declare the same stream', () => {
    const twice = asf().video(1, { codec: 'WVC1' }).describe(1, { declares: true });
    expect(readHeader(twice.header()).streams).toMatchObject([{ number: 1, codec: 'WVC1' }]);
  });

  it.each([
    ['packets of no size', builder.with({ packetSize: 0 }).header(), /packets of 0 bytes; set the encoder/],
    ['packets that no frame can carry', builder.with({ packetSize: 65_528 }).header(), /packets of 65528 bytes/],
    ['packets of several sizes', damaged(builder.header(), 30 + 92, 1), /packets of 257 to 400 bytes/],
    ['no streams', asf().header(), /declares no stream/],
    ['less than it says', builder.header().subarray(0, 300), /not whole/],
    ['an object shorter than its own head', damaged(builder.header(), 30 + 16, 23), /runs past its end/],
    ['an object longer than all', damaged(builder.header(), 30 + 19, 1), /runs past its end/],
    ['an extension longer than itself', damaged(builder.header(), 30 + 104 + 42, 1), /extension runs past its end/],
    ['a stream longer than its object', damaged(builder.header(), 30 + 104 + 46 + 64, 0xff), /stream in it runs past/],
    [
      'a name longer than its object',
      damaged(named, 30 + 104 + 46 + 90, 0xff, 0xff),
      /extension in it runs past its end/,
    ],
    ['a size beyond all reason', damaged(builder.header(), 16, 0, 0, 0, 0, 0, 0, 0, 0x80), /take pictures out/],
    ['a size of nothing', damaged(builder.header(), 16, 0, 0), /shorter than it can be/],
    ['no File Properties', damaged(builder.header(), 30, 0), /no File Properties/],
    ['nothing', Buffer.alloc(0), /does not begin like one/],
  ])('refuses %s, and says why', (_, header, why) => {
    expect(() => readHeader(header)).toThrow(PumpError);
    expect(() => readHeader(header)).toThrow(why);
  });

  it('never throws anything of its own making at a header that is damaged in one byte', () => {
    const whole = expressionEncoder().describe(5, { declares: true, name: 'x' }).header();
    for (let at = 0; at < whole.length; at++) {
      // padding is zeros and tells nothing
      if (whole.subarray(at - 4, at + 4).every((byte) => byte === 0)) continue;
      for (const value of [0, 0xff]) {
        try {
          readHeader(damaged(whole, at, value));
        } catch (error) {
          expect(error).toBeInstanceOf(PumpError);
        }
      }
    }
  });
});

describe('two headers of one layout', () => {
  const { layout } = readHeader(builder.header());

  it.each([
    ['file id', builder.with({ fileId: '11'.repeat(16) })],
    ['sizes and flags', builder.with({ flags: 9, file: { bytes: 7, packets: 9, durationMs: 100 } })],
    ['bit rates', builder.bitrates({ 1: 1000 })],
    ['padding', builder.padding(200)],
    ['order of the streams', asf().audio(2).video(1)],
  ])('may differ in %s', (_, other) => {
    expect(readHeader(other.header()).layout).toBe(layout);
  });

  it.each([
    ['packet size', builder.with({ packetSize: 401 })],
    ['preroll', builder.with({ prerollMs: 1000 })],
    ['codec', asf().video(1, { codec: 'WVC1' }).audio(2)],
    ['size of the picture', asf().video(1, { width: 640 }).audio(2)],
    [
      'set-up of the codec',
      asf()
        .video(1, { setUp: Buffer.from('4e51aa', 'hex') })
        .audio(2),
    ],
    ['sound', asf().video(1).audio(2, { channels: 1 })],
    ['number of a stream', asf().video(3).audio(2)],
    ['what payloads carry', builder.describe(1)],
    ['another stream', builder.script(4)],
  ])('may not differ in %s', (_, other) => {
    expect(readHeader(other.header()).layout).not.toBe(layout);
  });
});
