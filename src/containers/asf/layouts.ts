// The fixed parts of header objects as the ASF Specification tables them (sections 3.2, 3.3, 3.12, 4.1, 9.1, 9.2); offsets count from
// the object's own beginning, its GUID and size included. Lengths are looked at before a table is: reading past the end
// is `malformed`, never an error of the parser's own.

// The package's types are found by its own CommonJS build alone.
import { Parser } from 'binary-parser/dist/binary_parser.js';
import { PumpError } from '../../errors.ts';
import { GUID_BYTES } from './guids.ts';

export interface Layout<Fields> {
  readonly bytes: number;
  read(bytes: Buffer): Fields;
}

const table = () => new Parser().endianness('little');
/** the GUID and size that every object begins with */
export const OBJECT_HEAD_BYTES = 24;
const objectTable = () => table().seek(OBJECT_HEAD_BYTES);
const guid = { length: GUID_BYTES, encoding: 'hex' } as const;

function layout<Fields>(what: string, parser: Parser): Layout<Fields> {
  const bytes = parser.sizeOf();
  return {
    bytes,
    read(from) {
      if (from.length < bytes)
        throw new PumpError('malformed', `the ASF header's ${what} end too early; it is damaged`);
      return parser.parse(from);
    },
  };
}

export const fileProperties = layout<{ fileId: string; prerollMs: bigint; least: number; most: number }>(
  'File Properties',
  objectTable()
    .string('fileId', guid)
    .seek(40) // size, date, packet count, play and send duration: without meaning in a live stream
    .uint64('prerollMs')
    .seek(4) // flags
    .uint32('least')
    .uint32('most')
    .seek(4), // most bits a second
);

export const streamProperties = layout<{
  type: string;
  correction: string;
  typeBytes: number;
  correctionBytes: number;
  flags: number;
}>(
  'Stream Properties',
  objectTable()
    .string('type', guid)
    .string('correction', guid)
    .seek(8) // time offset
    .uint32('typeBytes')
    .uint32('correctionBytes')
    .uint16('flags')
    .seek(4), // reserved; Expression Encoder leaves what was in its memory there
);

export const extendedStreamProperties = layout<{
  bitrate: number;
  flags: number;
  number: number;
  names: number;
  systems: number;
}>(
  'Extended Stream Properties',
  objectTable()
    .seek(16) // beginning and end
    .uint32('bitrate')
    .seek(24) // buffer sizes, the alternate bit rate, largest object
    .uint32('flags')
    .uint16('number')
    .seek(10) // language, time per frame
    .uint16('names')
    .uint16('systems'),
);

export const streamBitrates = layout<{ count: number }>('Stream Bitrate Properties', objectTable().uint16('count'));
export const streamBitrate = layout<{ flags: number; bitrate: number }>(
  'Stream Bitrate Properties',
  table().uint16('flags').uint32('bitrate'),
);

/** The beginning of Header Extension; objects follow. */
export const extension = layout<{ dataBytes: number }>('Header Extension', objectTable().seek(18).uint32('dataBytes'));

/** WAVEFORMATEX without what follows its size */
export const audioFormat = layout<{ tag: number; channels: number; sampleRate: number; bytesPerSecond: number }>(
  'audio format',
  table().uint16('tag').uint16('channels').uint32('sampleRate').uint32('bytesPerSecond').seek(4),
);

/** The encoded image's size, then BITMAPINFOHEADER up to its four-character code */
export const videoFormat = layout<{ width: number; height: number; fourcc: string }>(
  'video format',
  table()
    .uint32('width')
    .uint32('height')
    .seek(3 + 16)
    .string('fourcc', { length: 4, encoding: 'hex' }),
);
