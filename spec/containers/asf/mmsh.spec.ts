import { describe, expect, it } from 'vitest';
import type { Part } from '../../../src/containers/container.ts';
import { asf as container } from '../../../src/containers/asf/index.ts';
import { PumpError } from '../../../src/errors.ts';
import { asf, expressionEncoder } from '../../support/asf.ts';
import { object, u32 } from '../../support/asf-fields.ts';
import { framed, headers, lost, units } from '../../support/framing.ts';
import { frame, played, pushed, reason, served } from '../../support/mmsh.ts';

const builder = asf().video(1).audio(2);
const header = builder.header();
const packets = builder.packets(8, { stripped: true });
const other = asf({ packetSize: 500 }).video(1, { codec: 'WVC1' }).audio(2);
const otherHeader = other.header();
const [packet = Buffer.alloc(0)] = packets;

const from = (...frames: Buffer[]) => framed(container, Buffer.concat(frames));
const shape = (parts: readonly Part[]) =>
  parts
    .map((part) => (part.kind === 'loss' ? `lost ${part.count}` : part.kind === 'unit' ? 'unit' : part.kind))
    .join(' ');

describe('frames of an encoder or a server', () => {
  it('give the packets as they were sent, padding or none', () => {
    for (const sent of [packets, builder.packets(8)]) {
      for (const stream of [pushed(header, sent), played(header, sent)]) {
        const { parts } = framed(container, stream);
        expect(headers(parts)).toEqual([header]);
        expect(units(parts).map(({ bytes }) => bytes)).toEqual(sent);
        expect(units(parts).map(({ join }) => join)).toEqual(sent.map((_, n) => n % 5 === 0));
        expect(units(parts).map(({ atMs }) => atMs)).toEqual(sent.map((_, n) => 40 * n));
      }
    }
  });

  it('are understood as Expression Encoder sends them', () => {
    const encoder = expressionEncoder();
    const payloads = [{ stream: 2, key: true, shownMs: 3000, bytes: 8000 }];
    const sent = [
      encoder.packet({ payloads, stripped: true }),
      encoder.packet({ payloads: [{ stream: 4, key: true }] }),
    ];
    const { parts } = framed(container, pushed(encoder.header(), sent));
    expect(units(parts).map(({ join }) => join)).toEqual([true, false]);
    expect(headers(parts)[0]?.length).toBe(encoder.header().length);
  });

  it('may all say that more follows at once', () => {
    const fast = Buffer.from(played(header, packets));
    for (let at = 0; at < fast.length; at += 4 + fast.readUInt16LE(at + 2)) fast.writeUInt8(0xa4, at);
    expect(framed(container, fast).parts).toEqual(framed(container, played(header, packets)).parts);
  });

  it('may have others between them that carry no stream', () => {
    const [first, second] = packets.map((one) => frame('D', one));
    const between = [frame('F', Buffer.alloc(700, 0x24)), frame('T'), frame('F'), frame('M', Buffer.from('text'))];
    const { parts, held } = from(frame('H', header), ...between, first ?? packet, ...between, second ?? packet);
    expect([shape(parts), held]).toEqual(['header unit unit', 0]);
  });

  it('may begin with three that measure the line, two of which lie about their length', () => {
    const took = 240;
    const lies = (length: number, bytes: number) =>
      Buffer.concat([frame('P', Buffer.alloc(length)).subarray(0, 4), u32(took), Buffer.alloc(bytes, 0x24)]);
    const pairs = [lies(504, 504 - took), lies(504, 504), lies(1048, 1048 + took)];
    expect(shape(from(...pairs, played(header, packets)).parts)).toBe(`header${' unit'.repeat(8)}`);
  });

  it.each([
    ['no frame', Buffer.from('HTTP/1.1')],
    ['a frame of no known letter', frame('Q', Buffer.alloc(8))],
    ['a measuring frame that took more than it has', Buffer.concat([frame('P', u32(9)).subarray(0, 4), u32(5000)])],
  ])('end at %s, after what was good', (_, wrong) => {
    const parts: Part[] = [];
    const read = () => {
      const step = container.framing();
      let given = Buffer.concat([pushed(header, packets), wrong, pushed(header, packets)]);
      for (let next = step.next(Buffer.alloc(0)); !next.done; ) {
        const wanted = next.value;
        if (typeof wanted === 'number') {
          next = step.next(given.subarray(0, wanted));
          given = given.subarray(wanted);
        } else {
          parts.push(wanted);
          next = step.next(Buffer.alloc(0));
        }
      }
    };
    expect(read).toThrow(PumpError);
    expect(units(parts).length).toBe(8);
  });
});

describe('a header in pieces', () => {
  const cut = (...flags: number[]) => {
    const length = Math.ceil(header.length / flags.length);
    return flags.map((flag, n) =>
      served('H', header.subarray(n * length, (n + 1) * length), { location: n, flags: flag }),
    );
  };

  it.each([
    ['marked as they should be', [0x04, 0, 0x08]],
    ['without any marks', [0, 0, 0, 0]],
    ['each marked as the only one', [0x0c, 0x0c]],
    ['with text between', [0x04, 0x08]],
  ])('is put together: %s', (name, flags) => {
    const text = name.includes('text') ? [served('M', Buffer.from('text'))] : [];
    const { parts } = from(...cut(...flags).flatMap((piece) => [piece, ...text]), served('D', packet));
    expect([headers(parts), shape(parts)]).toEqual([[header], 'header unit']);
  });

  it('is not whole before the beginning of the Data Object, unless it is told to be', () => {
    const size = builder.headerObject().length;
    const object = served('H', header.subarray(0, size));
    const rest = served('H', header.subarray(size), { location: 1 });
    expect(headers(from(object, rest, served('D', packet)).parts)).toEqual([header]);
    expect(headers(from(served('H', header.subarray(0, size), { flags: 12 })).parts)).toEqual([header]);
    expect(headers(from(frame('H', header.subarray(0, size))).parts)).toEqual([header]);
  });

  it('begins anew when its first piece comes again', () => {
    const pieces = cut(0x04, 0x08);
    expect(headers(from(...pieces.slice(0, 1), ...pieces).parts)).toEqual([header]);
  });

  it('is refused when packets come before all of it', () => {
    expect(() => from(...cut(0x04, 0x08).slice(0, 1), served('D', packet))).toThrow(/packets come before all of it/);
  });

  it('is refused in crumbs, beyond all size, and without a beginning', () => {
    const crumbs = Array.from({ length: 70 }, (_, n) => served('H', header.subarray(n + 16, n + 17)));
    expect(() => from(served('H', header.subarray(0, 16)), ...crumbs)).toThrow(/more than 64 pieces/);
    const large = builder.object(object('42'.repeat(16), Buffer.alloc(1024 * 1024))).header();
    const told = { code: 'too large', message: expect.stringMatching(/1024 KiB/) as string };
    expect(() => from(served('H', large.subarray(0, 60_000), { flags: 4 }))).toThrow(
      expect.objectContaining(told) as Error,
    );
    expect(() => from(frame('H', Buffer.alloc(600, 7)))).toThrow(/does not begin with a Header Object/);
  });
});

describe('a stream that changes', () => {
  it('has the new header within the change when it is pushed', () => {
    const changed = [
      frame('E', reason(1)),
      frame('C', reason(0), otherHeader),
      frame('D', other.packets(1)[0] ?? packet),
    ];
    const { parts } = from(pushed(header, packets), ...changed, frame('E', reason(0)));
    expect(headers(parts)).toEqual([header, otherHeader]);
    expect(shape(parts)).toBe(`header${' unit'.repeat(8)} header unit`);
  });

  it('has it behind the change when it is pulled', () => {
    const changed = [
      frame('E', reason(1)),
      frame('C', reason(0)),
      served('M', Buffer.from('x')),
      played(otherHeader, []),
    ];
    const { parts } = from(played(header, packets), ...changed, served('D', other.packets(1)[0] ?? packet));
    expect(headers(parts)).toEqual([header, otherHeader]);
    expect(shape(parts)).toBe(`header${' unit'.repeat(8)} header unit`);
  });

  it('tells the header again after a change to the same one, since its times may begin anew', () => {
    const { parts } = from(pushed(header, packets), frame('C', reason(0), header));
    expect(headers(parts)).toEqual([header, header]);
  });

  it('changes by another header alone, but not by the same one told again', () => {
    const { parts } = from(pushed(header, packets), frame('H', header), pushed(otherHeader, other.packets(1)));
    expect(headers(parts)).toEqual([header, otherHeader]);
  });

  it('loses packets that come between the change and the new header', () => {
    const { parts } = from(played(header, []), frame('C', reason(0)), served('D', packet), played(otherHeader, []));
    expect(shape(parts)).toBe('header lost 1 header');
  });
});

describe('the end of a stream', () => {
  const end = (body: Buffer) => from(pushed(header, packets), frame('E', body), frame('D', packet));
  const preheader = (size: number) => Buffer.concat([Buffer.alloc(6), Buffer.from([size, 0])]);

  it.each([
    ['finished', reason(0)],
    ['ended by an error', reason(0x8007_0005)],
    ['at the beginning after rewinding', reason(0x000d_2f09)],
    ['as FFmpeg says it: a preheader and no reason', preheader(8)],
    ['as the pump of 2010 says it: a preheader and a reason', Buffer.concat([preheader(12), reason(0)])],
    ['with no reason at all', Buffer.alloc(0)],
  ])('is heard: %s', (_, body) => {
    expect(end(body).over).toBe(true);
    expect(units(end(body).parts).length).toBe(8);
  });

  it('is not yet there when more is announced, with a preheader or without', () => {
    const longer = Buffer.concat([reason(1), Buffer.alloc(8)]);
    for (const body of [reason(1), longer, Buffer.concat([preheader(12), reason(1)])]) {
      expect(end(body).over).toBe(false);
      expect(units(end(body).parts).length).toBe(9);
    }
  });
});

describe('what is lost', () => {
  it('is a packet before any header, as from an encoder that goes on after a break', () => {
    expect(shape(from(frame('D', packet), pushed(header, packets.slice(0, 1))).parts)).toBe('lost 1 header unit');
  });

  it('is a packet that cannot be one of this stream: too long, or no packet; what follows is good', () => {
    const long = asf({ packetSize: 401 }).packets(1)[0] ?? packet;
    for (const wrong of [long, Buffer.alloc(50, 0xff), Buffer.alloc(0)]) {
      expect(shape(from(pushed(header, [wrong, packet])).parts)).toBe('header lost 1 unit');
      expect(shape(from(played(header, [wrong, packet])).parts)).toBe('header lost 1 unit');
    }
    expect(shape(from(played(header, []), frame('D', Buffer.alloc(5)), served('D', packet)).parts)).toBe(
      'header lost 1 unit',
    );
  });

  const numbered = (...locations: number[]) =>
    from(served('H', header, { flags: 12 }), ...locations.map((location) => served('D', packet, { location })));

  it.each([
    ['none in a row that begins anywhere', [216, 217, 218], 0],
    ['those that the numbers leave out', [5, 6, 10, 11], 3],
    ['none where the numbers wrap', [0xffff_fffe, 0xffff_ffff, 0, 1], 0],
    ['those left out at the wrap', [0xffff_fffe, 2, 3], 3],
    ['none where a server does not count', [0, 0, 0, 0], 0],
    ['none where it begins anew', [1000, 1001, 0, 1], 0],
    ['one at least where it jumps far ahead', [1, 2, 3_000_000, 3_000_001], 1],
  ])('is told by the numbers of a server: %s', (_, locations, count) => {
    const { parts } = numbered(...locations);
    expect(lost(parts)).toBe(count);
    expect(units(parts).length).toBe(locations.length);
  });

  it('is not told by the numbers across a change', () => {
    expect(lost(from(played(header, [packet], 5), played(otherHeader, [packet], 900)).parts)).toBe(0);
  });
});
