import { describe, expect, it } from 'vitest';
import { readPacket } from '../../../src/containers/asf/packet.ts';
import { pad, retime } from '../../../src/containers/asf/rewriting.ts';
import { asf } from '../../support/asf.ts';
import type { PacketShape, Piece, Width } from '../../support/asf-packet.ts';

const SIZE = 400;
const builder = asf({ packetSize: SIZE });
const picture: Piece = { stream: 1, key: true, shownMs: 3000, bytes: Buffer.alloc(100, 0xaa) };
const sound: Piece = { stream: 2, shownMs: 3000, bytes: Buffer.alloc(60, 0xbb) };
const payloadsOf = (bytes: Buffer) =>
  (readPacket(bytes)?.payloads ?? []).map(({ at, end }) => bytes.subarray(at, end).toString('hex'));

/** a packet of one payload that lacks just so many bytes */
function short(missing: number, shape: Partial<PacketShape> = {}): Buffer {
  const head = builder.packet({ payloads: [{ ...picture, bytes: 0 }], stripped: true, ...shape }).length;
  const bytes = Buffer.alloc(SIZE - head - missing, 0xaa);
  return builder.packet({ payloads: [{ ...picture, bytes }], stripped: true, ...shape });
}

describe('padding put back', () => {
  it.each([
    ['several payloads', { payloads: [picture, sound] }],
    ['a single payload', { payloads: [picture] }],
    ['a single payload, four bytes wide', { payloads: [picture], padding: 4 }],
    ['a little, one byte wide', { payloads: [{ ...picture, bytes: 300 }], padding: 1 }],
  ] satisfies [string, PacketShape][])('gives the very packet that the encoder had: %s', (_, shape) => {
    expect(pad(builder.packet({ ...shape, stripped: true }), SIZE)).toEqual(builder.packet(shape));
  });

  it('leaves a whole packet as it is, the same Buffer', () => {
    const whole = builder.packet({ payloads: [picture] });
    expect(pad(whole, SIZE)).toBe(whole);
  });

  const widths: Width[] = [0, 1, 2, 4];
  const gaps = [1, 2, 3, 254, 255, 256, 257, 258, 300];
  it.each(widths.flatMap((padding) => gaps.map((missing) => ({ padding, missing }))))(
    'says how much it is: $missing bytes missing, $padding bytes to tell it in',
    ({ padding, missing }) => {
      for (const multiple of [false, true]) {
        const bytes = short(missing, { padding, multiple });
        expect(bytes.length).toBe(SIZE - missing);
        const padded = pad(bytes, SIZE);
        expect(padded.length).toBe(SIZE);
        expect(payloadsOf(padded)).toEqual(payloadsOf(bytes));
        const packet = readPacket(padded);
        const most = padding === 0 ? 256 : 255;
        expect(packet?.paddingWidth).toBe(padding > 1 ? padding : missing > most ? 2 : 1);
        expect((packet?.end ?? 0) + (packet?.padding ?? 0)).toBe(SIZE);
      }
    },
  );

  it('adds to what a packet kept of its padding', () => {
    const whole = builder.packet({ payloads: [picture], padding: 2 });
    const kept = Buffer.from(whole.subarray(0, SIZE - 100));
    kept.writeUInt16LE(kept.readUInt16LE(5) - 100, 5);
    expect(pad(kept, SIZE)).toEqual(whole);
  });

  it.each([false, true])('only fills up a packet that still tells the padding that it lost', (multiple) => {
    const shape = { payloads: [picture], multiple };
    expect(pad(builder.packet({ ...shape, cut: true }), SIZE)).toEqual(builder.packet(shape));
  });

  it('only fills up a packet that says its own length, and what cannot be read', () => {
    const fixed = builder.packet({ payloads: [picture], length: 2, stripped: true });
    fixed.writeUInt16LE(fixed.length, 5);
    expect(readPacket(fixed)?.fixed).toBe(true);
    for (const bytes of [fixed, Buffer.alloc(30, 0xff)]) {
      expect(pad(bytes, SIZE)).toEqual(Buffer.concat([bytes], SIZE));
    }
  });
});

describe('a packet moved in time', () => {
  const compressed = { stream: 2, shownMs: 3100, compressed: [Buffer.from('a'), Buffer.from('bc')] };
  const shape = { payloads: [picture, { stream: 1, bytes: 20 }, compressed] };
  const move = (bytes: Buffer, deltaMs: number) => {
    const packet = readPacket(bytes);
    return packet && retime(packet, deltaMs);
  };

  it('is sent and shown later, and else the same', () => {
    const later = {
      payloads: [
        { ...picture, shownMs: 8000 },
        { stream: 1, bytes: 20 },
        { ...compressed, shownMs: 8100 },
      ],
    };
    const before = builder.packet({ ...shape, sendMs: 500 });
    const copy = Buffer.from(before);
    expect(move(before, 5000)).toEqual(builder.packet({ ...later, sendMs: 5500 }));
    expect(before).toEqual(copy);
  });

  it('wraps with its 32 bits, both ways', () => {
    const bytes = builder.packet({ ...shape, sendMs: 0xffff_ff00 });
    const wrapped = move(bytes, 0x200) ?? bytes;
    expect(readPacket(wrapped)).toMatchObject({ sendTime: 0x100 });
    expect(move(wrapped, -0x200)).toEqual(bytes);
    expect(move(bytes, 3 * 2 ** 32)).toEqual(bytes);
  });
});
