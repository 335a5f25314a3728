// The streams that an ASF header declares: what they carry, and what a decoder of each is set up with (ASF Specification,
// sections 3.3, 3.12, 4.1 and 9). Numbers may have gaps; some streams are declared in the header's extension alone.

import { audioCodec, videoCodec } from './codecs.ts';
import { GUID_BYTES, inHeader, streamTypes } from './guids.ts';
import {
  audioFormat,
  extendedStreamProperties,
  streamBitrate,
  streamBitrates,
  streamProperties,
  videoFormat,
} from './layouts.ts';
import { type AsfObject, malformed, objects } from './walk.ts';

const STREAM_NUMBER = 0x7f;
const ENCRYPTED = 0x8000;

export interface AsfStream {
  readonly number: number;
  readonly kind: 'video' | 'audio' | 'command' | 'other';
  readonly codec: string;
  readonly bitrate?: number;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
}

export interface Declared {
  readonly stream: AsfStream;
  readonly encrypted: boolean;
  /** all that a decoder of it is set up with */
  readonly promise: readonly (string | number)[];
}

/** By number, each once: the first that declares it counts. */
export function readStreams(from: readonly AsfObject[]): Declared[] {
  const declared = new Map<number, Declared>();
  for (const { guid, bytes } of from) {
    if (guid !== inHeader.streamProperties) continue;
    const one = readStream(bytes);
    if (!declared.has(one.stream.number)) declared.set(one.stream.number, one);
  }
  if (declared.size === 0) throw malformed('it declares no stream; there is nothing to watch');
  return [...declared.values()].toSorted((a, b) => a.stream.number - b.stream.number);
}

function readStream(object: Buffer): Declared {
  const { type, correction, typeBytes, correctionBytes, flags } = streamProperties.read(object);
  const end = streamProperties.bytes + typeBytes;
  if (end + correctionBytes > object.length) throw malformed('a stream in it runs past its end; it is damaged');
  const format = object.subarray(streamProperties.bytes, end);
  const number = flags & STREAM_NUMBER;
  return {
    stream: { number, ...describe(type, format) },
    encrypted: (flags & ENCRYPTED) !== 0,
    promise: [flags, type, correction, object.toString('hex', streamProperties.bytes, end + correctionBytes)],
  };
}

function describe(type: string, format: Buffer): Omit<AsfStream, 'number'> {
  if (type === streamTypes.video) {
    const { width, height, fourcc } = videoFormat.read(format);
    return { kind: 'video', codec: videoCodec(fourcc), width, height };
  }
  if (type === streamTypes.audio) {
    const { tag, channels, sampleRate, bytesPerSecond } = audioFormat.read(format);
    const bitrate = bytesPerSecond > 0 && { bitrate: bytesPerSecond * 8 };
    return { kind: 'audio', codec: audioCodec(tag), channels, sampleRate, ...bitrate };
  }
  return type === streamTypes.command
    ? { kind: 'command', codec: 'script' }
    : { kind: 'other', codec: others[type] ?? 'unknown' };
}

const others: Readonly<Record<string, string>> = {
  [streamTypes.jfif]: 'JPEG',
  [streamTypes.degradableJpeg]: 'JPEG',
  [streamTypes.fileTransfer]: 'file',
  [streamTypes.binary]: 'binary',
};

export function readBitrates(outer: readonly AsfObject[]): [number, number][] {
  const object = outer.find(({ guid }) => guid === inHeader.streamBitrates);
  if (!object) return [];
  const { count } = streamBitrates.read(object.bytes);
  return Array.from({ length: count }, (_, n) => {
    const { flags, bitrate } = streamBitrate.read(
      object.bytes.subarray(streamBitrates.bytes + n * streamBitrate.bytes),
    );
    return [flags & STREAM_NUMBER, bitrate];
  });
}

/** What comes behind the fixed part is walked by hand: names of the stream, then what its payloads carry beside the usual
 *  (players parse payloads by that), then perhaps the Stream Properties of a stream that is declared nowhere else. */
export function readExtended({ bytes }: AsfObject) {
  const { number, bitrate, flags, names, systems } = extendedStreamProperties.read(bytes);
  let at = extendedStreamProperties.bytes;
  const skip = (fixed: number, lengthBytes: number) => {
    const from = at + fixed - lengthBytes;
    const told = at + fixed <= bytes.length ? bytes.readUIntLE(from, lengthBytes) : bytes.length;
    at += fixed + told;
    if (at > bytes.length) throw malformed("a stream's extension in it runs past its end; it is damaged");
  };
  for (let n = 0; n < names; n++) skip(2 + 2, 2); // language, length
  const systemsAt = at;
  for (let n = 0; n < systems; n++) skip(GUID_BYTES + 2 + 4, 4); // which, its size in a payload, length
  return {
    number,
    bitrate,
    flags,
    systems: bytes.toString('hex', systemsAt, at),
    embedded: [...objects(bytes.subarray(at))],
  };
}
