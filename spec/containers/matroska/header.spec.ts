import { describe, expect, it } from 'vitest';
import { Framer } from '../../../src/containers/framer.ts';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { framed, headers } from '../../support/framing.ts';
import { mkv, type Mkv } from '../../support/matroska.ts';
import { attachment, cluster, element, endless, float, simple, uint } from '../../support/matroska-elements.ts';
import { elementsOf, headerOf, within } from './reading.ts';

const film = mkv().video(1).audio(2);
const start = cluster(0, simple(1, 0, { key: true }));
const partsOf = (bytes: Buffer) => framed(matroska, Buffer.concat([bytes, start])).parts;
const headerFrom = (bytes: Buffer): Buffer => headers(partsOf(bytes))[0] ?? Buffer.alloc(0);
const idsOf = (bytes: Buffer): string[] => headerOf(headerFrom(bytes)).segment.map(({ id }) => id.toString(16));

const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const ATTACHMENTS = 0x1941a469;
const TAGS = 0x1254c367;
const UNKNOWN_SEGMENT = Buffer.from('1853806701ffffffffffffff', 'hex');

describe('the header of a live stream', () => {
  it('is EBML, a Segment of unknown size, Info and Tracks, whatever else a file has', () => {
    const header = headerFrom(film.file());
    expect(header.includes(UNKNOWN_SEGMENT)).toBe(true);
    expect(headerOf(header).ebml.length).toBeGreaterThan(0);
    expect(idsOf(film.file())).toEqual([INFO.toString(16), TRACKS.toString(16)]);
    expect(header.equals(headerFrom(film.header()))).toBe(true);
  });

  it('does not tell how long a file was, nor which other files belong to it', () => {
    const linked = [element('3eb923', Buffer.alloc(16)), element('3e83bb', 'next.mkv'), element('bf', Buffer.alloc(4))];
    const info = film.with({ duration: 24_000 }).info(...linked, element('7ba9', 'A title'));
    const file = Buffer.concat([film.ebml(), UNKNOWN_SEGMENT, info, film.tracks()]);
    const told = elementsOf(within(headerOf(headerFrom(file)).segment, INFO) ?? Buffer.alloc(0));
    expect(told.map(({ id }) => id.toString(16))).toEqual(['2ad7b1', '4d80', '5741', '7ba9']);
  });

  it('has Info before Tracks, and keeps the Tracks as they are, checksum and all', () => {
    const tracks = element('1654ae6b', [
      element('bf', Buffer.alloc(4, 1)),
      within(headerOf(film.header()).segment, TRACKS) ?? Buffer.alloc(0),
    ]);
    const header = headerFrom(Buffer.concat([film.ebml(), UNKNOWN_SEGMENT, tracks, film.info()]));
    expect(headerOf(header).segment.map(({ id }) => id)).toEqual([INFO, TRACKS]);
    expect(header.includes(tracks)).toBe(true);
  });

  it('has the tags, without the statistics of a file', () => {
    const tag = (...names: string[]) =>
      element('7373', [element('63c0', []), ...names.map((name) => element('67c8', [element('45a3', name)]))]);
    const tags = element('1254c367', [
      element('bf', Buffer.alloc(4)),
      tag('ENCODER', 'DURATION'),
      tag('DURATION-eng', 'NUMBER_OF_FRAMES', '_STATISTICS_TAGS'),
    ]);
    const header = headerFrom(film.other(tags).header());
    expect(within(headerOf(header).segment, TAGS)).toEqual(tag('ENCODER'));
    const untrue = element('1254c367', [tag('DURATION')]);
    expect(idsOf(film.other(untrue).header())).toHaveLength(2);
  });

  it('is the same when it goes through a second pump', () => {
    const rich = film.other(attachment(2000), element('1254c367', [element('7373', [element('67c8', [])])]));
    const header = headerFrom(rich.file());
    expect(headerFrom(header).equals(header)).toBe(true);
  });

  it('is not held up by tags that come when it is sent', () => {
    const late = Buffer.concat([
      film.header(),
      start,
      element('1254c367', Buffer.alloc(2_000_000)),
      attachment(10),
      start,
    ]);
    expect(headers(framed(matroska, late).parts)).toHaveLength(1);
  });
});

describe('attachments', () => {
  it('are sent as long as there is room for them, and the others are counted', () => {
    const parts = partsOf(film.other(attachment(600_000, 3_000_000, 900_000, 300_000)).header());
    const attached = within(headerOf(headers(parts)[0] ?? Buffer.alloc(0)).segment, ATTACHMENTS);
    expect(elementsOf(attached ?? Buffer.alloc(0)).map(({ data }) => data.length)).toEqual([600_000, 300_000]);
    expect(parts[1]).toEqual({ kind: 'loss', what: 'attachments', count: 2 });
  });

  it('leave nothing behind where all of them are too large', () => {
    expect(idsOf(film.other(attachment(1_100_000)).header())).toHaveLength(2);
  });

  it('have as much room as the configuration gives them', () => {
    const bytes = Buffer.concat([film.other(attachment(600_000, 3_000_000)).header(), start]);
    const kept = (attachmentBytes: number) => {
      const [header, loss] = [...new Framer(matroska, { attachmentBytes }).push(bytes)];
      return [header?.kind === 'header' && header.bytes.length, loss?.kind === 'loss' && loss.count];
    };
    expect(kept(0)).toEqual([expect.toSatisfy((length: number) => length < 1000), 2]);
    expect(kept(4_000_000)).toEqual([expect.toSatisfy((length: number) => length > 3_600_000), false]);
  });

  it('that run past their end are damage', () => {
    const broken = element('1941a469', [Buffer.from('61a7', 'hex'), Buffer.from('4fff', 'hex'), Buffer.alloc(20)]);
    expect(() => partsOf(film.other(broken).header())).toThrow(/an attachment runs past its end/);
    const boundless = element('1941a469', [endless('61a7', Buffer.alloc(20))]);
    expect(() => partsOf(film.other(boundless).header())).toThrow(/an attachment runs past its end/);
  });
});

describe('a header that cannot be used', () => {
  const segment = (...held: Buffer[]) => Buffer.concat([film.ebml(), UNKNOWN_SEGMENT, ...held]);
  const many = (count: number): Mkv => {
    let all = mkv();
    for (let number = 1; number <= count; number++) all = all.video(number);
    return all;
  };

  it.each([
    ['that does not begin with EBML', Buffer.alloc(60, 0xa3), /does not begin with an EBML header/],
    ['of another kind of document', film.with({ docType: 'odd' }).header(), /neither Matroska nor WebM/],
    ['with ids longer than any', film.with({ maxIdLength: 5 }).header(), /longer ids or sizes/],
    ['with sizes longer than any', film.with({ maxSizeLength: 9 }).header(), /longer ids or sizes/],
    ['whose EBML has no end', endless('1a45dfa3', Buffer.alloc(5000)), /longer than any/],
    ['without Tracks', segment(film.info()), /before its Tracks/],
    ['without a track', segment(film.info(), element('1654ae6b')), /declares no track/],
    ['with more tracks than anybody has', many(129).header(), /declares 129 tracks/],
    ['with two tracks of one number', film.video(1).header(), /the same number/],
    [
      'with a track that has no number',
      mkv()
        .track(element('83', uint(1)))
        .header(),
      /has no number/,
    ],
    ['whose time stands still', film.with({ scale: 0 }).header(), /TimestampScale/],
    ['whose Tracks do not hold together', segment(element('1654ae6b', Buffer.of(0xae, 0x85))), /runs past its end/],
    ['with larger Tracks than any', segment(element('1654ae6b', Buffer.alloc(1_100_000))), /more than 1024 KiB/],
    ['with Tracks of unknown size', segment(endless('1654ae6b', Buffer.alloc(60))), /more than 1024 KiB/],
    ['with a Void of 2^50 bytes', segment(Buffer.from('ec0104000000000000', 'hex')), /longer than any/],
    ['that is broken off by rubbish', segment(Buffer.alloc(60)), /is no element/],
  ])('%s is refused, with the reason', (_, bytes, reason) => {
    expect(() => partsOf(bytes)).toThrow(reason);
  });

  it('may have as many tags as there is room for', () => {
    const tags = element('1254c367', Buffer.alloc(700_000));
    expect(() => partsOf(film.other(tags, tags).header())).toThrow(/more than 1024 KiB|runs past/);
  });
});

describe('tracks', () => {
  const only = (given: Mkv) => matroska.tracks(headerFrom(given.header()))[0];

  it.each([
    ['V_MPEG4/ISO/AVC', 'H.264'],
    ['V_MPEGH/ISO/HEVC', 'H.265'],
    ['V_VP9', 'VP9'],
    ['V_AV1', 'AV1'],
    ['V_\u001b[31mODD\u0000\u0000', 'V_[31mODD'],
    ['', 'unknown'],
  ])('whose codec is written %j are called %s', (codec, name) => {
    expect(only(mkv().video(1, { codec }))).toEqual({ kind: 'video', id: 1, codec: name, width: 320, height: 240 });
  });

  it.each([
    ['A_OPUS', 'Opus'],
    ['A_AAC/MPEG4/LC', 'AAC'],
    ['A_MPEG/L3', 'MP3'],
    ['A_PCM/INT/LIT', 'PCM'],
  ])('of sound, written %s, are called %s', (codec, name) => {
    const told = { kind: 'audio', id: 2, codec: name, channels: 2, sampleRate: 44_100, language: 'de' };
    expect(only(mkv().audio(2, { codec, language: 'de' }))).toEqual(told);
  });

  it('taken over from AVI are called by the codes of AVI', () => {
    const setUp = Buffer.concat([Buffer.alloc(16), Buffer.from('FMP4'), Buffer.alloc(20)]).toString('latin1');
    expect(only(mkv().video(1, { codec: 'V_MS/VFW/FOURCC', setUp }))).toMatchObject({ codec: 'FMP4' });
  });

  it('tell no language that is none, and no size or rate that is not there', () => {
    const bare = mkv().track(element('d7', uint(1)), element('83', uint(2)), element('22b59c', '\u001b[2J'));
    expect(only(bare)).toEqual({ kind: 'audio', id: 1, codec: 'unknown', channels: 1, sampleRate: 8000 });
    const odd = element('e1', [element('b5', float(Number.NaN))]);
    expect(only(mkv().track(element('d7', uint(1)), element('83', uint(2)), odd))).toMatchObject({ sampleRate: 8000 });
  });
});

describe('the type that a player is told', () => {
  const [wire] = matroska.wires;
  const typeOf = (given: Mkv) => wire.dress(headerFrom(given.header())).contentType;

  it.each([
    ['video/webm', mkv({ docType: 'webm' }).video(1, { codec: 'V_VP9' }).audio(2, { codec: 'A_OPUS' })],
    ['audio/webm', mkv({ docType: 'webm' }).audio(1, { codec: 'A_VORBIS' })],
    ['video/x-matroska', mkv().video(1, { codec: 'V_VP9' })],
    ['video/x-matroska', mkv({ docType: 'webm' }).video(1)],
    ['audio/x-matroska', mkv().audio(1).subtitles(2)],
  ])('is %s where the header says so', (type, given) => {
    expect(typeOf(given)).toBe(type);
  });
});

describe('the first bytes', () => {
  it.each([
    ['of WebM', mkv({ docType: 'webm' }).ebml(), true],
    ['of Matroska', mkv().ebml(), true],
    ['of another EBML document', mkv({ docType: 'odd' }).ebml(), false],
    ['of an EBML header without an end', endless('1a45dfa3', Buffer.alloc(9)), false],
    ['of an EBML header that does not hold together', element('1a45dfa3', Buffer.of(0x42, 0x82, 0x90)), false],
    ['of an EBML header of which there is too little yet', mkv().ebml().subarray(0, -1), undefined],
    ['of something else', Buffer.from('OggS'), false],
  ])('%s are told apart', (_, bytes, verdict) => {
    expect(matroska.recognise(bytes)).toBe(verdict);
  });
});
