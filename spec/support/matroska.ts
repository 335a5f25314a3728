// Builds Matroska streams that read like the format: `mkv().video(1).audio(2)`, then its `header()` and `cluster(…)`s. Written from the
// specification alone (RFC 8794, RFC 9559), not with the code that it is there to test.

import { cluster, element, float, group, openCluster, simple, uint, UNKNOWN } from './matroska-elements.ts';

const EBML = '1a45dfa3';
const SEGMENT = '18538067';

interface Said {
  readonly docType: string;
  readonly scale: number;
  /** of the file, in ticks */
  readonly duration: number;
  /** the muxer's name, which comes with its version */
  readonly app: string;
  /** before the Segment's size, in its EBML header */
  readonly maxIdLength: number;
  readonly maxSizeLength: number;
}

const usual: Said = {
  docType: 'matroska',
  scale: 1_000_000,
  duration: 0,
  app: 'builder',
  maxIdLength: 4,
  maxSizeLength: 8,
};

export interface VideoShape {
  readonly codec?: string;
  readonly setUp?: string;
  readonly width?: number;
  readonly height?: number;
  readonly uid?: number;
  readonly defaultDuration?: number;
}

export class Mkv {
  readonly #said: Said;
  readonly #tracks: readonly Buffer[];
  readonly #others: readonly Buffer[];

  constructor(said: Partial<Said> = {}, tracks: readonly Buffer[] = [], others: readonly Buffer[] = []) {
    this.#said = { ...usual, ...said };
    this.#tracks = tracks;
    this.#others = others;
  }

  with(said: Partial<Said>): Mkv {
    return new Mkv({ ...this.#said, ...said }, this.#tracks, this.#others);
  }

  track(...fields: Buffer[]): Mkv {
    return new Mkv(this.#said, [...this.#tracks, element('ae', fields)], this.#others);
  }

  video(number: number, shape: VideoShape = {}): Mkv {
    const {
      codec = 'V_MPEG4/ISO/AVC',
      setUp = 'avcC',
      width = 320,
      height = 240,
      uid = 7,
      defaultDuration = 0,
    } = shape;
    return this.track(
      element('d7', uint(number)),
      element('73c5', uint(uid)),
      element('83', uint(1)),
      element('86', codec),
      element('63a2', setUp),
      ...(defaultDuration ? [element('23e383', uint(defaultDuration))] : []),
      element('e0', [element('b0', uint(width)), element('ba', uint(height))]),
    );
  }

  audio(number: number, { codec = 'A_AAC', language = 'und', uid = 8 } = {}): Mkv {
    return this.track(
      element('d7', uint(number)),
      element('73c5', uint(uid)),
      element('83', uint(2)),
      element('22b59c', language),
      element('86', codec),
      element('e1', [element('b5', float(44_100)), element('9f', uint(2))]),
    );
  }

  subtitles(number: number): Mkv {
    return this.track(element('d7', uint(number)), element('83', uint(17)), element('86', 'S_TEXT/UTF8'));
  }

  /** what stands between Tracks and the first Cluster */
  other(...others: Buffer[]): Mkv {
    return new Mkv(this.#said, this.#tracks, [...this.#others, ...others]);
  }

  ebml(): Buffer {
    const { docType, maxIdLength, maxSizeLength } = this.#said;
    return element(EBML, [
      element('4286', uint(1)),
      element('42f7', uint(1)),
      element('42f2', uint(maxIdLength)),
      element('42f3', uint(maxSizeLength)),
      element('4282', docType),
      element('4287', uint(4)),
      element('4285', uint(2)),
    ]);
  }

  info(...more: Buffer[]): Buffer {
    const { scale, duration, app } = this.#said;
    const told = duration ? [element('4489', float(duration))] : [];
    return element('1549a966', [
      element('2ad7b1', uint(scale)),
      ...told,
      element('4d80', app),
      element('5741', app),
      ...more,
    ]);
  }

  tracks(): Buffer {
    return element('1654ae6b', this.#tracks);
  }

  /** as a live muxer writes it */
  header(): Buffer {
    return Buffer.concat([this.ebml(), Buffer.from(SEGMENT, 'hex'), UNKNOWN, this.#inner()]);
  }

  /** with sizes of everything, indexes and all */
  file(...clusters: Buffer[]): Buffer {
    const seekHead = element('114d9b74', [element('4dbb', Buffer.alloc(20))]);
    const cues = element('1c53bb6b', [element('bb', Buffer.alloc(30))]);
    const within = [seekHead, element('ec', Buffer.alloc(90)), cues, this.#inner(), ...clusters, cues];
    return Buffer.concat([this.ebml(), element(SEGMENT, within, 8)]);
  }

  #inner(): Buffer {
    return Buffer.concat([this.info(), this.tracks(), ...this.#others]);
  }
}

export function mkv(said: Partial<Said> = {}): Mkv {
  return new Mkv(said);
}

/** Sound (track 2) and pictures (track 1), 40 ms a picture, every fifth a key frame, `perCluster` pictures in each cluster; a key
 *  frame stands where it falls. Every picture is of another length. */
export function scenes(
  count: number,
  { perCluster = 8, fromMs = 0, open = false }: { perCluster?: number; fromMs?: number; open?: boolean } = {},
): Buffer[] {
  const clusters: Buffer[] = [];
  for (let first = 0; first < count; first += perCluster) {
    const blocks: Buffer[] = [];
    for (let n = first; n < Math.min(count, first + perCluster); n++) {
      const relative = 40 * (n - first);
      const picture = { key: n % 5 === 0, bytes: 60 + n };
      blocks.push(simple(2, relative, { key: true, bytes: 20 }), simple(2, relative + 20, { key: true, bytes: 21 }));
      blocks.push(n % 3 === 2 ? group(1, relative + 30, picture) : simple(1, relative + 30, picture));
    }
    clusters.push((open ? openCluster : cluster)(fromMs + 40 * first, ...blocks));
  }
  return clusters;
}

/** Sound alone, 20 ms a block. */
export function sounds(count: number, { perCluster = 12, open = false } = {}): Buffer[] {
  const clusters: Buffer[] = [];
  for (let first = 0; first < count; first += perCluster) {
    const numbers = Array.from({ length: Math.min(perCluster, count - first) }, (_, n) => n);
    const blocks = numbers.map((n) => simple(1, 20 * n, { key: true, bytes: 30 + n }));
    clusters.push((open ? openCluster : cluster)(20 * first, ...blocks));
  }
  return clusters;
}
