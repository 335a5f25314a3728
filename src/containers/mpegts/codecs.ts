// What a stream of a program carries, by its type (ISO/IEC 13818-1, table 2-34; ATSC A/53 for those from 0x80 on) or, for private
// data, by its descriptors (ETSI EN 300 468, 6.1; registered identifiers).

import type { Track } from '../container.ts';

interface Carried {
  readonly kind: Track['kind'];
  readonly codec: string;
}

const video = (codec: string): Carried => ({ kind: 'video', codec });
const audio = (codec: string): Carried => ({ kind: 'audio', codec });
const other = (codec: string): Carried => ({ kind: 'other', codec });

const types: Readonly<Record<number, Carried>> = {
  0x01: video('MPEG-1 video'),
  0x02: video('MPEG-2 video'),
  0x03: audio('MP2'),
  0x04: audio('MP2'),
  0x0f: audio('AAC'),
  0x10: video('MPEG-4 video'),
  0x11: audio('AAC'),
  0x15: other('metadata'),
  0x1b: video('H.264'),
  0x20: video('H.264'),
  0x21: video('JPEG 2000'),
  0x24: video('HEVC'),
  0x33: video('VVC'),
  0x42: video('AVS'),
  0x81: audio('AC-3'),
  0x86: other('SCTE-35'),
  0x87: audio('E-AC-3'),
  0xd1: video('Dirac'),
  0xea: video('VC-1'),
};

/** Private data says what it is by what is said of it. */
const byDescriptor: Readonly<Record<number, Carried>> = {
  0x56: other('teletext'),
  0x59: other('DVB subtitles'),
  0x6a: audio('AC-3'),
  0x7a: audio('E-AC-3'),
  0x7b: audio('DTS'),
  0x7c: audio('AAC'),
};

const byRegistration: Readonly<Record<string, Carried>> = {
  'AC-3': audio('AC-3'),
  AV01: video('AV1'),
  BSSD: audio('SMPTE 302M'),
  DTS1: audio('DTS'),
  DTS2: audio('DTS'),
  DTS3: audio('DTS'),
  EAC3: audio('E-AC-3'),
  HEVC: video('HEVC'),
  KLVA: other('KLV'),
  Opus: audio('Opus'),
  'VC-1': video('VC-1'),
};

const PRIVATE = 0x06;
const REGISTRATION = 0x05;
const LANGUAGE = 0x0a;
/** Their first three bytes are a language too: teletext, subtitles. */
const languages: readonly number[] = [LANGUAGE, 0x56, 0x59];

export function carried(type: number, descriptors: Buffer): Carried {
  const told = types[type];
  if (told) return told;
  for (const { tag, body } of type === PRIVATE || type >= 0x80 ? walk(descriptors) : []) {
    const found = tag === REGISTRATION ? byRegistration[body.toString('latin1', 0, 4)] : byDescriptor[tag];
    if (found) return found;
  }
  return other(type === PRIVATE ? 'private data' : `0x${type.toString(16).padStart(2, '0')}`);
}

/** ISO 639-2, where the descriptors say it. */
export function languageOf(descriptors: Buffer): string | undefined {
  for (const { tag, body } of walk(descriptors)) {
    const code = languages.includes(tag) ? body.toString('latin1', 0, 3) : '';
    if (/^[a-z]{3}$/i.test(code)) return code.toLowerCase();
  }
  return undefined;
}

export function* walk(descriptors: Buffer): Generator<{ tag: number; body: Buffer }> {
  for (let at = 0; at + 2 <= descriptors.length; ) {
    const end = at + 2 + descriptors.readUInt8(at + 1);
    yield { tag: descriptors.readUInt8(at), body: descriptors.subarray(at + 2, end) };
    at = end;
  }
}
