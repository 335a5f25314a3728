// The header as viewers of a live stream must get it: EBML, a Segment of unknown size, Info, Tracks, and of what may follow tags and
// attachments; nothing that is true of a file alone. Done twice it changes nothing more, so that a chain of pumps agrees on the bytes.

import { PumpError } from '../../errors.ts';
import type { Track } from '../container.ts';
import {
  type Element,
  idBytes,
  ids,
  MOST_ID_BYTES,
  MOST_SIZE_BYTES,
  readElements,
  readText,
  readUint,
  writeElement,
} from './elements.ts';
import { malformed } from './malformed.ts';
import { readTracks } from './tracks.ts';

/** nanoseconds; what times are counted in where Info does not say it */
const USUAL_SCALE = 1_000_000;

const EBML = idBytes(ids.ebml);
const CLUSTER = idBytes(ids.cluster);
/** its id, and a size that is not known */
const SEGMENT = Buffer.concat([idBytes(ids.segment), Buffer.from('01ffffffffffffff', 'hex')]);

/** Untrue of a stream without end, or names other files: VLC goes to look for those beside the one that it plays. */
const untrue: ReadonlySet<number> = new Set([
  ids.duration,
  ids.segmentFilename,
  ids.previousUuid,
  ids.previousFilename,
  ids.nextUuid,
  ids.nextFilename,
  ids.segmentFamily,
  ids.chapterTranslate,
  ids.void,
  ids.crc32, // it was one of other bytes
]);
/** Statistics that mkvmerge and FFmpeg write about a whole file. */
const UNTRUE_TAG = /^(?:DURATION|NUMBER_OF_FRAMES|NUMBER_OF_BYTES|_STATISTICS_\w+)(?:-\w+)?$/;

export interface MatroskaHeader {
  readonly docType: string;
  /** how many nanoseconds a tick of all times is */
  readonly scale: number;
  readonly tracks: readonly Track[];
  readonly codecIds: readonly string[];
  /** All that a decoder is set up with. Two headers that agree in it can carry each other's clusters. */
  readonly layout: string;
}

export interface Collected {
  /** what each of these holds */
  ebml: Buffer;
  info: Buffer | undefined;
  tracks: Buffer | undefined;
  /** tags and attachments as they are sent */
  readonly others: Buffer[];
}

export function writeHeader({ ebml, info, tracks, others }: Collected): Buffer {
  if (!tracks) throw malformed('a Cluster comes before its Tracks; send it from its beginning');
  const header = Buffer.concat([
    writeElement(ids.ebml, ebml),
    SEGMENT,
    ...(info ? [writeElement(ids.info, write(whole(info).filter(({ id }) => !untrue.has(id))))] : []),
    writeElement(ids.tracks, tracks),
    ...others,
  ]);
  return header;
}

export function readHeader(header: Buffer): MatroskaHeader {
  const at = header.indexOf(SEGMENT);
  const [ebml] = whole(header.subarray(0, Math.max(0, at)));
  if (ebml?.id !== ids.ebml) throw malformed('it does not begin like one');
  const segment = whole(header.subarray(at + SEGMENT.length));
  const find = (wanted: number) => segment.find(({ id }) => id === wanted)?.data;
  const docType = readDocType(ebml.data);
  const scale = readScale(find(ids.info));
  const declared = readTracks(find(ids.tracks) ?? Buffer.alloc(0));
  return {
    docType,
    scale,
    tracks: declared.map(({ track }) => track),
    codecIds: declared.map(({ codecId }) => codecId),
    // Titles, dates, the muxer's name, tags and attachments set up no decoder: who comes again may tell others.
    layout: JSON.stringify([docType, scale, declared.map(({ promise }) => promise)]),
  };
}

/** The same header with other tracks, entry by entry. */
export function editTracks(header: Buffer, edit: (entry: readonly Element[]) => readonly Element[]): Buffer {
  const at = header.indexOf(SEGMENT) + SEGMENT.length;
  const edited = editEach(header.subarray(at), ids.tracks, (tracks) =>
    editEach(tracks, ids.trackEntry, (entry) => write(edit(unchecked(entry)))),
  );
  return Buffer.concat([header.subarray(0, at), edited]);
}

function editEach(data: Buffer, wanted: number, edit: (data: Buffer) => Buffer): Buffer {
  return write(unchecked(data).map((one) => (one.id === wanted ? { id: wanted, data: edit(one.data) } : one)));
}

/** Without a sum over bytes that will be others. */
function unchecked(data: Buffer): Element[] {
  return whole(data).filter(({ id }) => id !== ids.crc32);
}

/** Longer ones hold fonts and pictures. */
const MOST_HEADER_ALONE_BYTES = 65_536;

/** Is nothing there yet but a header, or the beginning of one? Not asked of long ones, which are looked at no further. */
export function isHeaderAlone(start: Buffer): boolean {
  const told = start.subarray(0, EBML.length);
  const isOne = told.equals(EBML.subarray(0, told.length));
  return isOne && start.length < MOST_HEADER_ALONE_BYTES && !start.includes(CLUSTER);
}

/** Undefined: of something else than Matroska. */
export function docTypeOf(ebml: Buffer): 'matroska' | 'webm' | undefined {
  const told = readText(readElements(ebml)?.find(({ id }) => id === ids.docType)?.data);
  return told === 'matroska' || told === 'webm' ? told : undefined;
}

/** Throws where this is an EBML header of something else, or promises ids and sizes that Matroska does not have. */
export function readDocType(ebml: Buffer): 'matroska' | 'webm' {
  const docType = docTypeOf(ebml);
  if (!docType)
    throw new PumpError('unknown container', 'this EBML document is neither Matroska nor WebM; send one of them');
  const within = whole(ebml);
  const isLonger = (wanted: number, most: number) => {
    const told = within.find(({ id }) => id === wanted);
    return told !== undefined && (readUint(told.data) ?? most) > most;
  };
  if (isLonger(ids.maxIdLength, MOST_ID_BYTES) || isLonger(ids.maxSizeLength, MOST_SIZE_BYTES))
    throw malformed('it promises longer ids or sizes than Matroska has');
  return docType;
}

function readScale(info: Buffer | undefined): number {
  const told = info && whole(info).find(({ id }) => id === ids.timestampScale);
  const scale = told ? readUint(told.data) : USUAL_SCALE;
  if (!scale) throw malformed('its TimestampScale is none; it is damaged');
  return scale;
}

/** Tags without those that are not true of a live stream; nothing where none is left. */
export function liveTags(tags: Buffer): Buffer[] {
  const left = whole(tags)
    .filter(({ id }) => id === ids.tag)
    .flatMap(({ id, data }) => {
      const all = whole(data);
      const kept = all.filter((one) => one.id !== ids.crc32 && one.id !== ids.void && !isUntrue(one));
      return kept.some((one) => one.id === ids.simpleTag) ? [{ id, data: write(kept) }] : [];
    });
  return left.length > 0 ? [writeElement(ids.tags, write(left))] : [];
}

function isUntrue({ id, data }: Element): boolean {
  if (id !== ids.simpleTag) return false;
  return UNTRUE_TAG.test(readText(whole(data).find((one) => one.id === ids.tagName)?.data));
}

function write(elements: readonly Element[]): Buffer {
  return Buffer.concat(elements.map(({ id, data }) => writeElement(id, data)));
}

function whole(data: Buffer): Element[] {
  const elements = readElements(data);
  if (!elements) throw malformed('something in it runs past its end; it is damaged');
  return elements;
}
