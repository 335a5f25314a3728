// Builds ASF streams that read like the format: `asf().video(1).audio(2)`, then its `header()` and `packet(…)`s. Written
// from the specification alone (ASF Specification, sections 2 to 5), not with the code that it is there to test.

import { object, u16, u32, u64, u8 } from './asf-fields.ts';
import { packet, type PacketShape } from './asf-packet.ts';

const GUID = {
  header: '3026b2758e66cf11a6d900aa0062ce6c',
  data: '3626b2758e66cf11a6d900aa0062ce6c',
  fileProperties: 'a1dcab8c47a9cf118ee400c00c205365',
  streamProperties: '9107dcb7b7a9cf118ee600c00c205365',
  extension: 'b503bf5f2ea9cf118ee300c00c205365',
  extensionReserved: '11d2d3abbaa9cf118ee600c00c205365',
  extendedStream: 'cba5e61472c632438399a96952065b5a',
  bitrates: 'ce75f87b8d46d1118d82006097c9a2b2',
  padding: '74d40618dfca0945a4ba9aabcb96aae8',
  noCorrection: '0057fb20555bcf11a8fd00805f5c442b',
  audio: '409e69f84d5bcf11a8fd00805f5c442b',
  video: 'c0ef19bc4d5bcf11a8fd00805f5c442b',
  command: 'c0cfda59e659d011a3ac00a0c90348f6',
} as const;

export const INDEX_GUID = '90080033b1e5cf1189f400a0c90349cb';
export const MARKER_GUID = '01cd87f451a9cf118ee600c00c205365';

export interface Stream {
  readonly packetSize: number;
  readonly prerollMs: number;
  /** File Properties: 1 broadcast, 2 seekable; Expression Encoder says 9 */
  readonly flags: number;
  readonly fileId: string;
  /** in the file's own words; a live encoder has none */
  readonly file: { bytes: number; packets: number; durationMs: number };
}

const usual: Stream = {
  packetSize: 400,
  prerollMs: 3000,
  flags: 1,
  fileId: 'c0baa088ccc6024fa1f8c4e4b55b5cc6',
  file: { bytes: 0, packets: 0, durationMs: 0 },
};

export interface Video {
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly setUp?: Buffer;
  readonly bitrate?: number;
}

export interface Audio {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bytesPerSecond?: number;
}

export class Asf {
  readonly #stream: Stream;
  readonly #objects: readonly Buffer[];
  readonly #extension: readonly Buffer[];

  constructor(stream: Partial<Stream> = {}, objects: readonly Buffer[] = [], extension: readonly Buffer[] = []) {
    this.#stream = { ...usual, ...stream };
    this.#objects = objects;
    this.#extension = extension;
  }

  get packetSize(): number {
    return this.#stream.packetSize;
  }

  with(changes: Partial<Stream>): Asf {
    return new Asf({ ...this.#stream, ...changes }, this.#objects, this.#extension);
  }

  object(...objects: Buffer[]): Asf {
    return new Asf(this.#stream, [...this.#objects, ...objects], this.#extension);
  }

  extended(...objects: Buffer[]): Asf {
    return new Asf(this.#stream, this.#objects, [...this.#extension, ...objects]);
  }

  /** so many bytes altogether */
  padding(bytes: number): Asf {
    return this.object(object(GUID.padding, Buffer.alloc(bytes - 24)));
  }

  /** inside the header extension, as Expression Encoder has it */
  extendedPadding(bytes: number): Asf {
    return this.extended(object(GUID.padding, Buffer.alloc(bytes - 24)));
  }

  video(number: number, options: Video = {}): Asf {
    return this.object(videoStream(number, options));
  }

  audio(number: number, { tag = 0x161, channels = 2, sampleRate = 44_100, bytesPerSecond = 4000 }: Audio = {}): Asf {
    const format = [u16(tag), u16(channels), u32(sampleRate), u32(bytesPerSecond), u16(185), u16(16), u16(0)];
    return this.object(streamProperties(GUID.audio, number, Buffer.concat(format)));
  }

  script(number: number): Asf {
    return this.object(streamProperties(GUID.command, number, Buffer.alloc(0)));
  }

  /** Extended Stream Properties; `declares`: the video stream that is declared nowhere else */
  describe(number: number, { flags = 0, bitrate = 0, name = '', declares = false } = {}): Asf {
    const named = Buffer.from(name, 'utf16le');
    const names = name ? [u16(0), u16(named.length), named] : [];
    const fixed = [u64(0), u64(0), u32(bitrate), Buffer.alloc(24), u32(flags), u16(number), u16(0), u64(0)];
    const lists = [u16(names.length ? 1 : 0), u16(1), ...names, Buffer.alloc(16, 7), u16(2), u32(3), Buffer.alloc(3)];
    return this.extended(object(GUID.extendedStream, ...fixed, ...lists, ...(declares ? [videoStream(number)] : [])));
  }

  bitrates(each: Readonly<Record<number, number>>): Asf {
    const all = Object.entries(each);
    const records = all.flatMap(([number, bitrate]) => [u16(Number(number)), u32(bitrate)]);
    return this.object(object(GUID.bitrates, u16(all.length), ...records));
  }

  headerObject(): Buffer {
    const extension = Buffer.concat(this.#extension);
    const reserved = Buffer.concat([Buffer.from(GUID.extensionReserved, 'hex'), u16(6)]);
    const objects = [
      this.#fileProperties(),
      object(GUID.extension, reserved, u32(extension.length), extension),
      ...this.#objects,
    ];
    return object(GUID.header, u32(objects.length), Buffer.from([1, 2]), ...objects);
  }

  /** as it goes before packet 0: Header Object and the first 50 bytes of the Data Object */
  header(): Buffer {
    const { fileId, file, packetSize } = this.#stream;
    const id = Buffer.from(fileId, 'hex');
    const size = 50 + file.packets * packetSize;
    const data = [Buffer.from(GUID.data, 'hex'), u64(size), id, u64(file.packets), u16(0x0101)];
    return Buffer.concat([this.headerObject(), ...data]);
  }

  packet(shape: PacketShape): Buffer {
    return packet(shape, this.#stream.packetSize);
  }

  /** Of `count` packets every fifth begins a picture that is a key frame; sound and pictures 40 ms a packet. */
  packets(count: number, { sendMs = 0, ...shape }: Partial<PacketShape> = {}): Buffer[] {
    const { prerollMs } = this.#stream;
    return Array.from({ length: count }, (_, n) => {
      const atMs = sendMs + 40 * n;
      const shownMs = atMs + prerollMs;
      const picture = { stream: 1, key: n % 5 === 0, object: n & 0xff, shownMs, bytes: 120 + (n % 7) };
      const sound = { stream: 2, key: true, object: n & 0xff, shownMs, bytes: 60 };
      return this.packet({ payloads: [picture, sound], ...shape, sendMs: atMs });
    });
  }

  #fileProperties(): Buffer {
    const { fileId, file, packetSize, prerollMs, flags } = this.#stream;
    const times = [u64(file.durationMs * 10_000), u64(file.durationMs * 10_000), u64(prerollMs)];
    const sizes = [u32(flags), u32(packetSize), u32(packetSize), u32(300_000)];
    const id = Buffer.from(fileId, 'hex');
    return object(GUID.fileProperties, id, u64(file.bytes), u64(0), u64(file.packets), ...times, ...sizes);
  }
}

export function asf(stream: Partial<Stream> = {}): Asf {
  return new Asf(stream);
}

/** The shape of a header as Expression Encoder 4 sends it: a gap in the stream numbers, a script stream, odd packets, and
 *  padding within the header extension. */
export function expressionEncoder(): Asf {
  return asf({ packetSize: 8223, flags: 9, file: { bytes: 5487, packets: 0xffff_ffff, durationMs: 0 } })
    .bitrates({ 1: 193_195, 2: 357_137, 4: 6157 })
    .describe(1, { flags: 2, bitrate: 192_000 })
    .describe(2, { bitrate: 350_000 })
    .describe(4, { flags: 2, bitrate: 4000 })
    .extendedPadding(3850)
    .audio(1, { sampleRate: 48_000, bytesPerSecond: 24_000 })
    .video(2, { codec: 'WMV3', setUp: Buffer.from('4e51000100', 'hex') })
    .script(4);
}

function streamProperties(type: string, number: number, format: Buffer): Buffer {
  const types = [Buffer.from(type, 'hex'), Buffer.from(GUID.noCorrection, 'hex')];
  const flags = [u16(number), u32(0)];
  return object(GUID.streamProperties, ...types, u64(0), u32(format.length), u32(0), ...flags, format);
}

function videoStream(number: number, options: Video = {}): Buffer {
  const { codec = 'WMV3', width = 320, height = 240, setUp = Buffer.from('4e5100', 'hex') } = options;
  const image = [u32(40 + setUp.length), u32(width), u32(height), u16(1), u16(24), Buffer.from(codec, 'latin1')];
  const bitmap = Buffer.concat([...image, Buffer.alloc(20), setUp]);
  const format = Buffer.concat([u32(width), u32(height), u8(2), u16(bitmap.length), bitmap]);
  return streamProperties(GUID.video, number, format);
}
