// MMSH frames as servers and encoders send them ([MS-WMSP] 2.2.3, [MS-WMHTTP] 2.2.3).

import { u16, u32, u8 } from './asf-fields.ts';

/** An MMSH frame: dollar, letter, length. */
export function frame(letter: string, ...body: Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from(`$${letter}`, 'latin1'), u16(bytes.length), bytes]);
}

/** The same with a server's preheader. */
export function served(letter: string, payload: Buffer, { location = 0, flags = 0 } = {}): Buffer {
  return frame(letter, u32(location >>> 0), u8(0), u8(flags), u16(8 + payload.length), payload);
}

export const reason = (number: number): Buffer => u32(number);

/** What an encoder pushes. */
export function pushed(header: Buffer, packets: readonly Buffer[]): Buffer {
  return Buffer.concat([frame('H', header), ...packets.map((one) => frame('D', one))]);
}

/** What a server answers to a play request. */
export function played(header: Buffer, packets: readonly Buffer[], first = 0): Buffer {
  const data = packets.map((one, n) => served('D', one, { location: first + n, flags: n }));
  return Buffer.concat([served('H', header, { flags: 0x0c }), ...data]);
}
