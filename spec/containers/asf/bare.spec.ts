import { describe, expect, it } from 'vitest';
import { asf as container } from '../../../src/containers/asf/index.ts';
import { PumpError } from '../../../src/errors.ts';
import { asf, INDEX_GUID } from '../../support/asf.ts';
import { object } from '../../support/asf-fields.ts';
import { framed, headers, lost, units } from '../../support/framing.ts';

const file = { bytes: 5000, packets: 10, durationMs: 400 };
const builder = asf().video(1).audio(2);
const header = builder.with({ flags: 2, file }).header();
const packets = builder.packets(10);
const broken = Buffer.alloc(400, 0xff);
const from = (...bytes: Buffer[]) => framed(container, Buffer.concat(bytes));

describe('a file', () => {
  it('gives the header of a live stream and its packets as they are, without a copy', () => {
    const stream = Buffer.concat([header, ...packets]);
    const { parts, held, over } = framed(container, stream);
    expect(headers(parts)).toEqual([builder.header()]);
    expect(units(parts).map(({ bytes }) => bytes)).toEqual(packets);
    expect(units(parts).every(({ bytes }) => bytes.buffer === stream.buffer)).toBe(true);
    expect([held, over]).toEqual([0, false]);
  });

  it.each([24, 56, 4000])('is over where its index begins, however small that is: %i bytes', (bytes) => {
    const index = object(INDEX_GUID, Buffer.alloc(bytes - 24));
    const { parts, over } = from(header, ...packets, index, ...packets);
    expect([units(parts).length, lost(parts), over]).toEqual([10, 0, true]);
  });

  it('may be followed by another one', () => {
    const other = asf({ packetSize: 500 }).video(1);
    const { parts } = from(header, ...packets, other.header(), ...other.packets(3));
    expect(headers(parts)).toEqual([builder.header(), other.header()]);
    expect(units(parts).map(({ bytes }) => bytes)).toEqual([...packets, ...other.packets(3)]);
  });

  it('loses packets that cannot be read, and no others', () => {
    const { parts } = from(header, ...packets, broken, ...packets, ...Array<Buffer>(15).fill(broken), ...packets);
    expect([units(parts).length, lost(parts)]).toEqual([30, 16]);
  });

  it('is given up when nothing can be read for long', () => {
    expect(() => from(header, ...packets, ...Array<Buffer>(16).fill(broken))).toThrow(/16 packets in a row/);
  });

  it.each([
    ['another beginning', Buffer.concat([Buffer.from('0123'), header.subarray(4)]), /does not begin like one/],
    ['no Data Object', Buffer.concat([builder.headerObject(), Buffer.alloc(50, 1)]), /no Data Object follows it/],
    ['nothing of the kind', Buffer.from('<ASX VERSION="3.0">'), /neither Windows Media framing nor ASF/],
  ])('is refused with %s', (_, stream, why) => {
    expect(() => from(stream)).toThrow(PumpError);
    expect(() => from(stream)).toThrow(why);
  });

  it('is refused when its header is larger than any', () => {
    const large = Buffer.from(header);
    large.writeBigUInt64LE(1024n * 1024n + 1n, 16);
    expect(() => from(large)).toThrow(expect.objectContaining({ code: 'too large' }) as Error);
  });
});

describe('the clock of a stream', () => {
  const at = (...times: number[]) => {
    const sent = times.map((sendMs) => builder.packet({ payloads: [{ stream: 1, key: true }], sendMs }));
    return units(from(builder.header(), ...sent).parts).map(({ atMs }) => atMs);
  };
  const wrap = 2 ** 32;

  it('never wraps, though the send times do', () => {
    expect(at(wrap - 80, wrap - 40, 0, 40)).toEqual([wrap - 80, wrap - 40, wrap, wrap + 40]);
  });

  it('stands a packet out of order at the wrap', () => {
    expect(at(wrap - 40, 0, wrap - 20, 40)).toEqual([wrap - 40, wrap, wrap - 20, wrap + 40]);
  });

  it('goes back with an encoder that begins anew, even after a month', () => {
    expect(at(5000, 0, 40)).toEqual([5000, 0, 40]);
    expect(at(3_000_000_000, 0, 40)).toEqual([3_000_000_000, 0, 40]);
  });
});
