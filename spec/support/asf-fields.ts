// The numbers and objects that ASF is made of (ASF Specification, section 2.1): little-endian throughout.

export const u8 = (value: number) => Buffer.from([value & 0xff]);
export const u16 = (value: number) => uint(value, 2);
export const u32 = (value: number) => uint(value, 4);

export function uint(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  if (width > 0) bytes.writeUIntLE(value, 0, width);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function object(guid: string, ...data: Buffer[]): Buffer {
  const bytes = Buffer.concat(data);
  return Buffer.concat([Buffer.from(guid, 'hex'), u64(24 + bytes.length), bytes]);
}
