import { describe, expect, it } from 'vitest';
import { cutAtKey } from '../../../src/containers/asf/cut.ts';
import { readHeader } from '../../../src/containers/asf/objects.ts';
import { isJoin, readPacket } from '../../../src/containers/asf/packet.ts';
import { asf } from '../../support/asf.ts';
import type { PacketShape, Piece } from '../../support/asf-packet.ts';

const builder = asf().video(1).audio(2);
const header = readHeader(builder.header());
const rest: Piece = { stream: 1, object: 8, offset: 900, shownMs: 3000, bytes: 40 };
const sound: Piece = { stream: 2, key: true, object: 3, shownMs: 3010, bytes: 30 };
const picture: Piece = { stream: 1, object: 9, shownMs: 3040, bytes: 20 };
const key: Piece = { stream: 1, key: true, object: 10, shownMs: 3080, bytes: 100 };
const more: Piece = { stream: 2, key: true, object: 4, shownMs: 3050, bytes: 10 };

function cut(shape: PacketShape) {
  const packet = readPacket(builder.packet({ sendMs: 77, ...shape }));
  return packet && cutAtKey(packet, header);
}

describe('a key frame in the middle of a packet', () => {
  it.each([
    ['the rest of the picture before', [rest]],
    ['whole pictures', [picture]],
    ['sound and pictures', [sound, rest, picture]],
  ])('is what a viewer begins with, not %s', (_, earlier) => {
    const { before = Buffer.alloc(0), from = Buffer.alloc(0) } = cut({ payloads: [...earlier, key, more] }) ?? {};
    const [first, second] = [readPacket(before), readPacket(from)];
    expect(first?.payloads.map(({ stream, object }) => [stream, object])).toEqual(
      earlier.map((one) => [one.stream, one.object]),
    );
    expect(second).toMatchObject({
      sendTime: 77,
      padding: 0,
      payloads: [
        { stream: 1, key: true, object: 10, offset: 0, presentationTime: 3080 },
        { stream: 2, object: 4, presentationTime: 3050 },
      ],
    });
    expect([first?.end, second?.end]).toEqual([before.length, from.length]);
    expect(first && isJoin(first, header)).toBe(false);
    expect(second && cutAtKey(second, header)).toBeUndefined();
  });

  it.each([
    ['where it comes first', { payloads: [key, more] }],
    ['where only sound comes before it', { payloads: [sound, key] }],
    ['where there is none', { payloads: [rest, picture] }],
    ['where the packet tells its own length', { payloads: [rest, key], length: 2 }],
  ] satisfies [string, PacketShape][])('is left where it is %s', (_, shape) => {
    expect(cut(shape)).toBeUndefined();
  });
});
