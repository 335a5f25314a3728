// The ASF header as viewers of a live stream must get it: broadcast, not seekable, no sizes, counts, durations or indexes that
// are not true of a stream without end (ASF Specification, sections 3.2 and 5.1). Done twice it changes nothing more, so that a
// chain of pumps agrees on the bytes.

import { inExtension, inHeader, topLevel } from './guids.ts';
import { extension } from './layouts.ts';
import { DATA_HEAD_BYTES, readHeader } from './objects.ts';
import { type AsfObject, extensionObjects, HEADER_HEAD_BYTES, headerObjects } from './walk.ts';

/** libmms gives up on headers beyond this; Expression Encoder pads its own with 3.8 kB. */
const MOST_PADDED_BYTES = 16_384;

/** They point into a file that is not there, or sign a header that is no longer the same. */
const untrue: ReadonlySet<string> = new Set([
  inHeader.marker,
  inHeader.digitalSignature,
  inExtension.indexParameters,
  inExtension.indexParametersPlaceholder,
  inExtension.mediaObjectIndexParameters,
  inExtension.timecodeIndexParameters,
]);
const padding: ReadonlySet<string> = new Set([inHeader.padding]);

/** From a Header Object, with or without the beginning of the Data Object, to both. */
export function liveHeader(raw: Buffer): Buffer {
  const { fileId } = readHeader(raw);
  const header = rebuild(raw, untrue);
  const small = header.length + DATA_HEAD_BYTES <= MOST_PADDED_BYTES ? header : rebuild(header, padding);
  return Buffer.concat([small, dataHead(fileId)]);
}

function rebuild(header: Buffer, dropped: ReadonlySet<string>): Buffer {
  const parts = without(headerObjects(header), dropped).map(({ guid, bytes }) => {
    if (guid === inHeader.extension) return rebuildExtension(bytes, dropped);
    return guid === inHeader.fileProperties ? liveFile(bytes) : bytes;
  });
  const rebuilt = Buffer.concat([header.subarray(0, HEADER_HEAD_BYTES), ...parts]);
  rebuilt.writeBigUInt64LE(BigInt(rebuilt.length), 16);
  rebuilt.writeUInt32LE(parts.length, 24);
  return rebuilt;
}

function rebuildExtension(object: Buffer, dropped: ReadonlySet<string>): Buffer {
  const all = extensionObjects(object);
  const parts = without(all, dropped).map(({ bytes }) => bytes);
  if (parts.length === all.length) return object;
  const rebuilt = Buffer.concat([object.subarray(0, extension.bytes), ...parts]);
  rebuilt.writeBigUInt64LE(BigInt(rebuilt.length), 16);
  rebuilt.writeUInt32LE(rebuilt.length - extension.bytes, extension.bytes - 4);
  return rebuilt;
}

function without(objects: readonly AsfObject[], dropped: ReadonlySet<string>): AsfObject[] {
  return objects.filter(({ guid }) => !dropped.has(guid));
}

const BROADCAST = 0x01;
const SEEKABLE = 0x02;

function liveFile(object: Buffer): Buffer {
  const live = Buffer.from(object);
  live.fill(0, 40, 48); // file size
  live.fill(0, 56, 80); // packet count, play and send duration
  live.writeUInt32LE(((live.readUInt32LE(88) | BROADCAST) & ~SEEKABLE) >>> 0, 88);
  return live;
}

/** The Data Object up to its first packet: of no told size, with no told number of packets. */
function dataHead(fileId: string): Buffer {
  const head = Buffer.alloc(DATA_HEAD_BYTES);
  head.write(topLevel.data, 0, 'hex');
  head.writeBigUInt64LE(BigInt(DATA_HEAD_BYTES), 16);
  head.write(fileId, 24, 'hex');
  head.writeUInt16LE(0x0101, 48); // reserved
  return head;
}
