import { describe, expect, it } from 'vitest';
import { bodyOf, encoding, isMediaServer, placeOf } from '../../../src/containers/asf/encoding.ts';
import { readPacket } from '../../../src/containers/asf/packet.ts';
import type { Part } from '../../../src/containers/container.ts';
import { asf } from '../../support/asf.ts';
import { framesOf, lettersOf } from '../../support/push-server.ts';

const film = asf().video(1).audio(2);
const other = asf().video(1, { width: 640 }).audio(2);
const header = (bytes: Buffer): Part => ({ kind: 'header', bytes });
const unit = (bytes: Buffer): Part => ({ kind: 'unit', bytes, join: false });

function encoded(...parts: Part[]): Buffer {
  const encoder = encoding();
  return Buffer.concat([...parts.flatMap((part) => encoder.frames(part)), encoder.end()]);
}

describe('what an encoder sends', () => {
  it('is the header once, then packets, then the end', () => {
    const told = header(film.header());
    const body = encoded(told, ...film.packets(3).map(unit), told, { kind: 'gap' }, ...film.packets(2).map(unit));
    expect(lettersOf(body)).toBe('HDDDDDE');
    expect(framesOf(body)[0]?.body).toEqual(film.header());
    expect(framesOf(body).at(-1)?.body).toEqual(Buffer.alloc(4));
  });

  it('has another header within a change, after an end that says so', () => {
    const body = encoded(header(film.header()), ...film.packets(1).map(unit), header(other.header()));
    expect(lettersOf(body)).toBe('HDECE');
    const [, , end, change] = framesOf(body);
    expect(end?.body.readUInt32LE()).toBe(1);
    expect(change?.body).toEqual(Buffer.concat([Buffer.alloc(4), other.header()]));
  });

  it.each([{}, { multiple: false, payloads: [{ stream: 1, shownMs: 7, bytes: 33 }] }])(
    'has no padding, and every payload as it was',
    (shape) => {
      for (const packet of film.packets(7, shape)) {
        const [, { body: sent } = { body: Buffer.alloc(0) }] = framesOf(encoded(header(film.header()), unit(packet)));
        expect(packet).toHaveLength(400);
        expect(sent.length).toBeLessThan(300);
        const payloads = (bytes: Buffer) => readPacket(bytes)?.payloads.map(({ at, end }) => bytes.subarray(at, end));
        expect(payloads(sent)).toEqual(payloads(packet));
        expect(readPacket(sent)?.padding).toBe(0);
      }
    },
  );

  it('has packets that cannot be cut as they are', () => {
    const [told] = film.packets(1, { length: 2 });
    const [stripped] = film.packets(1, { stripped: true });
    const [cut] = film.packets(1, { cut: true });
    const single = film.packet({ payloads: [{ stream: 1, shownMs: 7, bytes: 333 }], cut: true });
    const packets = [told, stripped, cut, single, Buffer.alloc(400)].flatMap((one) => one ?? []);
    const sent = framesOf(encoded(header(film.header()), ...packets.map(unit))).slice(1, -1);
    expect(sent.map(({ body }) => body)).toEqual(packets);
  });

  it('may be a header as long as a change can hold, and says what to do about a longer one', () => {
    const longest = 65_527 - film.header().length;
    expect(lettersOf(encoded(header(film.padding(longest).header())))).toBe('HE');
    expect(() => encoded(header(film.padding(longest + 1).header()))).toThrow(/65528 bytes.*65527.*pictures/);
  });
});

describe("a body's filler", () => {
  const frame = Buffer.alloc(100);

  it.each([
    104, 105, 106, 107, 108, 109, 112, 199, 203, 204, 207, 208, 65_735, 65_736, 65_737, 65_738, 65_739, 65_740, 131_170,
    200_000,
  ])('ends a body of %i bytes to the byte', (length) => {
    const body = bodyOf(length);
    const sent: Buffer[] = [];
    while (body.fits(frame) && sent.length < 2) {
      sent.push(frame);
      body.took(frame);
    }
    const filler = Buffer.concat(body.filler());
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length * frame.length + filler.length).toBe(length);
    expect(lettersOf(filler)).toMatch(/^F+$/);
    expect(framesOf(filler).reduce((sum, { body }) => sum + 4 + body.length, 0)).toBe(filler.length);
    expect(body.filler()).toEqual([]);
  });

  it.each([0, 99, 100, 101, 102, 103])('has room in %i bytes for no frame of a hundred', (length) => {
    expect(bodyOf(length).fits(frame)).toBe(false);
  });
});

describe('what an encoder understands', () => {
  it.each(['Cougar/9.6.7600.16564', 'Rex/12.0.7600.16385', 'Cougar/9.01.01.3814 (Flumotion Streaming Server)'])(
    'goes on with %s',
    (name) => expect(isMediaServer(name)).toBe(true),
  );
  it.each([undefined, '', 'nginx/1.22', 'Cougar', 'My Cougar/9'])('stops at %s', (name) =>
    expect(isMediaServer(name)).toBe(false),
  );
  it('finds its place among other cookies', () => {
    expect(placeOf(['a=b', 'push-id=77; path=/'])).toBe('77');
    expect(placeOf(['Push-ID=x-y.z'])).toBe('x-y.z');
    for (const none of [undefined, [], ['push-id=0'], ['push-id='], ['push-id=a b'], [`push-id=${'9'.repeat(256)}`]])
      expect(placeOf(none)).toBeUndefined();
  });
});
