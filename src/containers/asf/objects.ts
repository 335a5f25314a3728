// What a pump has to know of an ASF header: how its packets are cut, which streams they carry, where one may begin (ASF
// Specification, sections 3 and 4). Whatever does not hold together is `malformed`.

import { keyFrameZeroBits } from './codecs.ts';
import { inExtension, inHeader } from './guids.ts';
import { fileProperties, OBJECT_HEAD_BYTES } from './layouts.ts';
import { type AsfStream, type Declared, readBitrates, readExtended, readStreams } from './streams.ts';
import { type AsfObject, extensionObjects, headerObjects, malformed } from './walk.ts';

/** What of the Data Object belongs to the header: everything before packet 0. */
export const DATA_HEAD_BYTES = 50;
/** An MMSH frame's length is a u16, of which a preheader takes 8. */
const MOST_PACKET_BYTES = 0xffff - 8;
/** No encoder goes below some hundred; a packet has to be longer than the GUID and size that may stand in its place. */
const LEAST_PACKET_BYTES = OBJECT_HEAD_BYTES;

/** Extended Stream Properties: there are no key frames at all */
const NO_CLEANPOINTS = 0x04;

export interface AsfHeader {
  /** of every packet, padding included */
  readonly packetSize: number;
  /** how much later than sent things are shown, in milliseconds */
  readonly preroll: number;
  /** in hexadecimal; the Data Object repeats it */
  readonly fileId: string;
  /** by number; there may be gaps */
  readonly streams: readonly AsfStream[];
  /** the stream at whose key frames one may begin, and bits of a picture's first byte that only key frames leave zero;
   *  undefined: there are none, the beginning of any object will do */
  readonly keyFrames: { readonly stream: number; readonly zeroBits: number } | undefined;
  /** All that a decoder is set up with. Two headers that agree in it can carry each other's packets. */
  readonly layout: string;
}

export function readHeader(header: Buffer): AsfHeader {
  const outer = headerObjects(header);
  const inner = outer.filter(({ guid }) => guid === inHeader.extension).flatMap(({ bytes }) => extensionObjects(bytes));
  const extended = inner.filter(({ guid }) => guid === inExtension.extendedStreamProperties).map(readExtended);
  const file = readFile(outer);
  const streams = readStreams([...outer, ...extended.flatMap(({ embedded }) => embedded)]);
  const bitrates = new Map(extended.map(({ number, bitrate }) => [number, bitrate]));
  for (const [number, bitrate] of readBitrates(outer)) bitrates.set(number, bitrate);
  const keyless = new Set(extended.filter(({ flags }) => flags & NO_CLEANPOINTS).map(({ number }) => number));
  const systems = extended.map(({ number, systems }) => [number, systems]);
  return {
    ...file,
    streams: streams.map(({ stream }) => withBitrate(stream, bitrates.get(stream.number))),
    keyFrames: findKeyFrames(streams.filter(({ stream }) => !keyless.has(stream.number))),
    layout: JSON.stringify([
      file.packetSize,
      file.preroll,
      streams.map(({ promise }) => promise),
      systems,
      [...outer, ...inner].filter(({ guid }) => encryption.has(guid)).map(({ bytes }) => bytes.toString('hex')),
    ]),
  };
}

function findKeyFrames(streams: readonly Declared[]): AsfHeader['keyFrames'] {
  const video = streams.find(({ stream }) => stream.kind === 'video');
  if (!video) return undefined;
  return { stream: video.stream.number, zeroBits: video.encrypted ? 0 : keyFrameZeroBits(video.stream.codec) };
}

const encryption = new Set<string>([
  inHeader.contentEncryption,
  inHeader.extendedContentEncryption,
  inExtension.advancedContentEncryption,
]);

function readFile(outer: readonly AsfObject[]): Pick<AsfHeader, 'packetSize' | 'preroll' | 'fileId'> {
  const object = outer.find(({ guid }) => guid === inHeader.fileProperties);
  if (!object) throw malformed('it has no File Properties; it is damaged');
  const { fileId, prerollMs, least, most } = fileProperties.read(object.bytes);
  if (least !== most)
    throw malformed(`it promises packets of ${least} to ${most} bytes; a stream has packets of one size`);
  if (most < LEAST_PACKET_BYTES || most > MOST_PACKET_BYTES) {
    const range = `${LEAST_PACKET_BYTES} to ${MOST_PACKET_BYTES}`;
    throw malformed(`it promises packets of ${most} bytes; set the encoder to a packet size of ${range}`);
  }
  return { packetSize: most, preroll: Number(prerollMs), fileId };
}

function withBitrate(stream: AsfStream, bitrate: number | undefined): AsfStream {
  return bitrate ? { ...stream, bitrate } : stream;
}
