import { describe, expect, it } from 'vitest';
import { asf as container } from '../../../src/containers/asf/index.ts';
import { readHeader } from '../../../src/containers/asf/objects.ts';
import { readPacket } from '../../../src/containers/asf/packet.ts';
import { mmsh, plain } from '../../../src/containers/asf/wires.ts';
import { asf } from '../../support/asf.ts';
import { packet as onePacket } from '../../support/asf-packet.ts';
import { framed, headers } from '../../support/framing.ts';
import { frame, reason, served } from '../../support/mmsh.ts';

const builder = asf().video(1).audio(2);
const header = builder.header();
const [packet = Buffer.alloc(0)] = builder.packets(1, { stripped: true });
const NUMBERS_FROM = 0xffff_fffd;

describe('the MMSH wire', () => {
  it('sends a header that fits in one frame, marked as the only piece', () => {
    expect(mmsh.dress(header).begin).toEqual(served('H', header, { flags: 0x0c }));
  });

  it('sends packets as they are, numbered like the units of the stream', () => {
    const dress = mmsh.dress(header);
    expect(dress.unit?.(packet, 0)).toEqual(served('D', packet, { location: 0, flags: 0 }));
    expect(dress.unit?.(packet, 1000)).toEqual(served('D', packet, { location: 1000, flags: 1000 & 0xff }));
  });

  it('gives a single payload its padding back, since players would take what they fill up with for payload', () => {
    const bytes = Buffer.alloc(200, 7);
    const payloads = [{ stream: 1, key: true, shownMs: 3000, bytes }];
    const { packetSize } = readHeader(header);
    const short = onePacket({ payloads, stripped: true }, packetSize);
    expect(short.length).toBeLessThan(packetSize);
    const sent = mmsh.dress(header).unit?.(short, 0).subarray(12) ?? Buffer.alloc(0);
    expect(sent.length).toBe(packetSize);
    const [payload] = readPacket(sent)?.payloads ?? [];
    expect(sent.subarray(payload?.at, payload?.end)).toEqual(bytes);
  });

  it('goes on numbering beyond 32 bits, and beyond 8', () => {
    const dress = mmsh.dress(header);
    const sent = Array.from({ length: 6 }, (_, n) => dress.unit?.(packet, NUMBERS_FROM + n));
    const locations = [0xffff_fffd, 0xffff_fffe, 0xffff_ffff, 0, 1, 2];
    const flags = [0xfd, 0xfe, 0xff, 0, 1, 2];
    expect(sent).toEqual(locations.map((location, n) => served('D', packet, { location, flags: flags[n] ?? 0 })));
  });

  it('cuts a header that is too large for one frame', () => {
    const large = builder
      .object(Buffer.from(`${'42'.repeat(16)}f049020000000000${'00'.repeat(149_976)}`, 'hex'))
      .header();
    const begin = mmsh.dress(large).begin;
    const cuts = [65_527, 2 * 65_527];
    const pieces = [
      served('H', large.subarray(0, cuts[0]), { location: 0, flags: 0x04 }),
      served('H', large.subarray(cuts[0], cuts[1]), { location: 1, flags: 0x00 }),
      served('H', large.subarray(cuts[1]), { location: 2, flags: 0x08 }),
    ];
    expect(begin.equals(Buffer.concat(pieces))).toBe(true);
    expect(headers(framed(container, begin).parts)[0]?.equals(large)).toBe(true);
  });

  it('announces another header, without preheaders where there are none', () => {
    const change = [frame('E', reason(1)), frame('C', reason(0)), served('H', header, { flags: 0x0c })];
    expect(mmsh.change?.(header)).toEqual(Buffer.concat(change));
  });

  it('ends in eight bytes, since MPlayer loses its place after more', () => {
    expect(mmsh.end?.('stream ended')).toEqual(Buffer.from('2445040000000000', 'hex'));
  });
});

describe('the plain wire', () => {
  it('sends the header as it is and packets at the size that it promises', () => {
    const dress = plain.dress(header);
    expect(dress.begin).toEqual(header);
    expect(packet.length).toBeLessThan(400);
    expect(dress.unit?.(packet, 7)).toEqual(builder.packets(1)[0]);
  });

  it('knows no way to change or to end: the connection is closed', () => {
    expect(plain.change).toBeUndefined();
    expect(plain.end).toBeUndefined();
  });
});
