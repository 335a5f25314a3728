// Walking the objects of an ASF header (ASF Specification, section 2.1). An object that is too short or runs past its
// parent is `malformed`, whoever sent it: nothing is read outside of it.

import { PumpError } from '../../errors.ts';
import { GUID_BYTES, guidOf, topLevel } from './guids.ts';
import { extension, OBJECT_HEAD_BYTES } from './layouts.ts';

/** GUID, size, number of objects, two reserved bytes: what the Header Object says before its objects */
export const HEADER_HEAD_BYTES = 30;
/** Real headers have 1 to 20 KiB; one with big pictures in its metadata some hundred. */
export const MOST_HEADER_BYTES = 1024 * 1024;

export interface AsfObject {
  readonly guid: string;
  /** the whole of it, GUID and size included */
  readonly bytes: Buffer;
}

/** An object's own size, where its first bytes are a GUID and a size. */
function sizeOf(bytes: Buffer, at = 0): number {
  return Number(bytes.readBigUInt64LE(at + GUID_BYTES));
}

/** The objects that fill these bytes. */
export function* objects(bytes: Buffer): Generator<AsfObject> {
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    const size = left < OBJECT_HEAD_BYTES ? 0 : sizeOf(bytes, at);
    if (size < OBJECT_HEAD_BYTES || size > left) throw malformed('an object in it runs past its end; it is damaged');
    yield { guid: guidOf(bytes, at), bytes: bytes.subarray(at, at + size) };
    at += size;
  }
}

/** How long the Header Object is that begins with these bytes, which may be its GUID and size alone. */
export function headerSize(start: Buffer): number {
  if (start.length < OBJECT_HEAD_BYTES || guidOf(start) !== topLevel.header)
    throw malformed('it does not begin like one');
  const size = sizeOf(start);
  if (size < HEADER_HEAD_BYTES) throw malformed('it says that it is shorter than it can be; it is damaged');
  if (size <= MOST_HEADER_BYTES) return size;
  const most = `it may have ${MOST_HEADER_BYTES / 1024} KiB; take pictures out of its metadata`;
  throw new PumpError('too large', `this ASF header has ${size} bytes, ${most}`);
}

/** The objects of a Header Object, whatever follows it. */
export function headerObjects(header: Buffer): AsfObject[] {
  const size = headerSize(header);
  if (size > header.length) throw malformed('it is not whole; send all of it before any packet');
  return [...objects(header.subarray(HEADER_HEAD_BYTES, size))];
}

/** The objects within a Header Extension Object. */
export function extensionObjects(object: Buffer): AsfObject[] {
  const { dataBytes } = extension.read(object);
  if (extension.bytes + dataBytes > object.length) throw malformed('its extension runs past its end; it is damaged');
  return [...objects(object.subarray(extension.bytes, extension.bytes + dataBytes))];
}

export function malformed(why: string): PumpError {
  return new PumpError('malformed', `this ASF header cannot be used: ${why}`);
}
