import { describe, expect, it } from 'vitest';
import { isJoin, readPacket } from '../../../src/containers/asf/packet.ts';
import { readHeader } from '../../../src/containers/asf/objects.ts';
import { asf, expressionEncoder } from '../../support/asf.ts';
import type { PacketShape, Piece } from '../../support/asf-packet.ts';

const builder = asf().video(1).audio(2);
const read = (shape: PacketShape) => readPacket(builder.packet(shape));
const picture: Piece = { stream: 1, key: true, object: 9, shownMs: 3040, bytes: 100 };
const sound: Piece = { stream: 2, object: 4, offset: 60, shownMs: 3050, bytes: 50 };

/** a good packet, but for one byte: 0 error correction, 3 and 4 how wide the fields are, 13 the number of payloads */
function changed(at: number, value: number): Buffer {
  const bytes = builder.packet({ payloads: [picture, sound] });
  bytes.writeUInt8(value, at);
  return bytes;
}

describe('reading a data packet', () => {
  it('finds the send time and every payload', () => {
    expect(read({ sendMs: 40, payloads: [picture, sound] })).toMatchObject({
      sendTime: 40,
      multiple: true,
      payloads: [
        { stream: 1, key: true, object: 9, offset: 0, presentationTime: 3040, compressed: false },
        { stream: 2, key: false, object: 4, offset: 60, presentationTime: 3050 },
      ],
    });
  });

  it.each([
    ['a single payload', {}],
    ['no error correction', { correction: false }],
    ['a padding of one byte', { padding: 1, payloads: [{ ...picture, bytes: 200 }] }],
    ['a padding of four bytes', { padding: 4 }],
    ['its own length', { length: 2 }],
    ['its own length in four bytes', { length: 4, padding: 1, payloads: [{ ...picture, bytes: 300 }] }],
    ['a single payload in the form for several', { multiple: true }],
    ['its padding cut off', { stripped: true }],
    ['its padding cut off and still told', { cut: true, padding: 2 }],
  ] satisfies [string, Partial<PacketShape>][])('finds where the payload is with %s', (_, shape) => {
    const built = { payloads: [picture], ...shape };
    const bytes = builder.packet(built);
    const [payload] = readPacket(bytes)?.payloads ?? [];
    const data = bytes.subarray(payload?.at, payload?.end);
    expect(data).toEqual(Buffer.alloc(Number(built.payloads[0]?.bytes), 0x31));
  });

  it('takes the time of small objects packed together', () => {
    const compressed = [Buffer.from('one'), Buffer.from('two')];
    const packet = read({ payloads: [{ stream: 2, key: true, shownMs: 4000, compressed }] });
    expect(packet?.payloads).toMatchObject([{ compressed: true, offset: 0, presentationTime: 4000 }]);
  });

  it('does without times where none are told', () => {
    const packet = read({ payloads: [{ stream: 1, key: true }, sound] });
    expect(packet?.payloads[0]?.presentationTime).toBeUndefined();
  });

  it('never reads past the end: whatever is cut is a packet that can be read, or none', () => {
    for (const shape of [{ payloads: [picture, sound] }, { payloads: [picture] }]) {
      const whole = builder.packet({ ...shape, stripped: true });
      for (let length = 0; length < whole.length; length++) {
        const packet = readPacket(whole.subarray(0, length));
        for (const { end } of packet?.payloads ?? []) expect(end).toBeLessThanOrEqual(length);
      }
      expect(readPacket(whole.subarray(0, 20))).toBeUndefined();
    }
  });

  it.each([
    ['zeros', Buffer.alloc(400)],
    ['ones', Buffer.alloc(400, 0xff)],
    ['text', Buffer.alloc(400, 'no packet')],
    ['a payload of stream 0', builder.packet({ payloads: [{ stream: 0 }] })],
    ['error correction of no known kind', changed(0, 0xa2)],
    ['length types of no known kind', changed(3, 0x91)],
    ['a stream number that is not one byte', changed(4, 0x9d)],
    ['payloads of no length', changed(13, 0x02)],
    ['no payloads', builder.packet({ payloads: [] })],
  ])('says that %s are none', (_, bytes) => {
    expect(readPacket(bytes)).toBeUndefined();
  });
});

describe('a place to begin', () => {
  const joins = (from: ReturnType<typeof asf>, ...payloads: Piece[]) => {
    const packet = readPacket(from.packet({ payloads }));
    return packet && isJoin(packet, readHeader(from.header()));
  };

  it('is where a key frame begins', () => {
    expect(joins(builder, sound, picture)).toBe(true);
    expect(joins(builder, { ...picture, key: false })).toBe(false);
    expect(joins(builder, { ...picture, offset: 100 })).toBe(false);
  });

  it('is not where sound alone is marked, as Microsoft marks all of it', () => {
    expect(joins(builder, { ...sound, key: true, offset: 0 })).toBe(false);
  });

  it('is at key frames of the lowest-numbered of several videos', () => {
    const several = asf().video(5).video(3).audio(1);
    expect(joins(several, { stream: 3, key: true })).toBe(true);
    expect(joins(several, { stream: 5, key: true })).toBe(false);
  });

  it('is anywhere in sound alone where an object begins', () => {
    const alone = asf().audio(2).script(4);
    expect(joins(alone, { stream: 2 })).toBe(true);
    expect(joins(alone, { stream: 2, offset: 8 })).toBe(false);
    expect(joins(alone, { stream: 4, key: true })).toBe(false);
  });

  it('is never a script, whatever it is marked as', () => {
    expect(joins(expressionEncoder(), { stream: 4, key: true })).toBe(false);
    expect(joins(expressionEncoder(), { stream: 4, key: true }, { stream: 2, key: true })).toBe(true);
  });

  it('is anywhere in a video that says that it has no key frames', () => {
    expect(joins(builder.describe(1, { flags: 4 }), { stream: 1 })).toBe(true);
  });

  it.each([
    ['WMV2', 0x00, 0x80],
    ['WMV1', 0x3f, 0x40],
    ['MP43', 0x09, 0x45],
  ])('is a %s picture that is a key frame, not one that is only marked so', (codec, key, other) => {
    const video = asf().video(1, { codec });
    expect(joins(video, { stream: 1, key: true, bytes: Buffer.alloc(50, key) })).toBe(true);
    expect(joins(video, { stream: 1, key: true, bytes: Buffer.alloc(50, other) })).toBe(false);
  });

  it('is found in pictures packed together, behind the length of the first', () => {
    const video = asf().video(1, { codec: 'WMV2' });
    const packed = (first: number) => ({ stream: 1, key: true, compressed: [Buffer.alloc(200, first)] });
    expect(joins(video, packed(0))).toBe(true);
    expect(joins(video, packed(0x80))).toBe(false);
  });

  it('is not asked of a picture that is encrypted', () => {
    const video = asf().video(0x8001, { codec: 'WMV2' });
    expect(joins(video, { stream: 1, key: true, bytes: Buffer.alloc(50, 0xff) })).toBe(true);
  });
});
