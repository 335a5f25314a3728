// Elements as they come: their heads, what they hold, and the way back after damage, which is the next place where a Cluster
// or an EBML header certainly begins. Every step wants a bounded number of bytes.

import { PumpError } from '../../errors.ts';
import type { Part } from '../container.ts';
import { idBytes, ids, MOST_ID_BYTES, MOST_SIZE_BYTES, readNumber, widthOf } from './elements.ts';

/** Real ones have 30 to 50 bytes. */
export const MOST_EBML_BYTES = 4096;
/** Attachments and indexes of big files are passed over; what says that it is longer than this lies. */
export const MOST_SKIPPED_BYTES = 256 * 1024 * 1024;
/** Two of the largest blocks: who finds no Cluster in so much is not reading Matroska. */
const MOST_SEARCHED_BYTES = 32 * 1024 * 1024;
/** Small, since the last search of a stream waits for all of it; large, since each step costs. */
const SEARCH_BYTES = 4096;
const SKIP_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);

export interface Head {
  readonly id: number;
  /** of what it holds; UNKNOWN where it does not say */
  readonly size: number;
  /** its own length */
  readonly bytes: number;
}

export type Reads<Result> = Generator<number, Result, Buffer>;
export type Tells<Result> = Generator<number | Part, Result, Buffer>;

export interface Reading {
  take(bytes: number): Reads<Buffer>;
  /** Undefined: what comes is no element. */
  head(): Reads<Head | undefined>;
  skip(bytes: number): Reads<void>;
  /** The last head was wrong, or what was behind it, of which so many bytes were taken. Goes on to the next head that one
   *  can begin at, and tells what is lost. What was taken is not searched: then hostile bytes are read once, not often. */
  search(taken?: number): Tells<Head>;
}

export function reading(): Reading {
  /** read ahead by a search */
  let ahead: Buffer = NOTHING;
  /** what the last head was read from */
  let pieces: Buffer[] = [];

  function* take(bytes: number): Reads<Buffer> {
    if (ahead.length === 0) return yield bytes;
    const known = ahead.subarray(0, bytes);
    ahead = ahead.subarray(known.length);
    return known.length === bytes ? known : Buffer.concat([known, yield bytes - known.length]);
  }

  function* head(): Reads<Head | undefined> {
    const start = yield* take(2);
    const first = start.readUInt8(0);
    const idWidth = widthOf(first);
    pieces = [start];
    if (idWidth > MOST_ID_BYTES) return undefined;
    if (idWidth === 1) return yield* sized(first, 1, start.readUInt8(1));
    const rest = yield* take(idWidth - 1);
    pieces.push(rest);
    const id = start.readUInt16BE(0) * 2 ** (8 * (idWidth - 2)) + (idWidth > 2 ? rest.readUIntBE(0, idWidth - 2) : 0);
    return yield* sized(id, idWidth, rest.readUInt8(idWidth - 2));
  }

  /** `first`: of the size */
  function* sized(id: number, idWidth: number, first: number): Reads<Head | undefined> {
    const width = widthOf(first);
    if (width > MOST_SIZE_BYTES) return undefined;
    const rest = width > 1 ? yield* take(width - 1) : NOTHING;
    pieces.push(rest);
    return { id, size: readNumber(first, rest, 0), bytes: idWidth + width };
  }

  function* skip(bytes: number): Reads<void> {
    for (let left = bytes; left > 0; left -= SKIP_BYTES) yield* take(Math.min(left, SKIP_BYTES));
  }

  function* search(taken = 0): Tells<Head> {
    const behind = taken > 0 ? pieces.reduce((sum, { length }) => sum + length, taken) : 0;
    if (behind > 0) yield { kind: 'loss', what: 'bytes', count: behind };
    let window = behind > 0 ? ahead : Buffer.concat([...pieces, ahead]);
    let from = behind > 0 ? 0 : 1;
    ahead = NOTHING;
    for (let searched = 0; searched <= MOST_SEARCHED_BYTES; from = 0) {
      const at = beginning(window, from);
      searched += at;
      if (at > 0) yield { kind: 'loss', what: 'bytes', count: at };
      window = window.subarray(at);
      if (isBeginning(window, 0)) {
        ahead = window;
        yield { kind: 'gap' };
        const found = yield* head();
        if (found) return found;
      }
      window = Buffer.concat([window, yield SEARCH_BYTES]); // too few bytes to be sure, or none left
    }
    const most = `${MOST_SEARCHED_BYTES / 1024 / 1024} MiB`;
    throw new PumpError('malformed', `this Matroska stream is damaged: no Cluster begins in ${most}; send it anew`);
  }

  return { take, head, skip, search };
}

const CLUSTER = idBytes(ids.cluster);
const EBML = idBytes(ids.ebml);
/** an id, a size, and the first byte of what is inside */
const SURE_BYTES = 4 + MOST_SIZE_BYTES + 1;
const inCluster: ReadonlySet<number | undefined> = new Set([
  ids.timestamp,
  ids.simpleBlock,
  ids.blockGroup,
  ids.previousSize,
  ids.position,
  ids.void,
  ids.crc32,
]);
/** All ids of an EBML header's own begin with this byte. */
const inEbml: ReadonlySet<number | undefined> = new Set([0x42, ids.void, ids.crc32]);

/** Where the first Cluster or EBML header begins; where none does, from where on there are too few bytes to be sure. */
function beginning(window: Buffer, from: number): number {
  const unsure = Math.max(from, window.length - SURE_BYTES + 1);
  const next = (id: Buffer, at: number): number => {
    const found = window.indexOf(id, at);
    return found < 0 ? unsure : found;
  };
  let [cluster, ebml] = [next(CLUSTER, from), next(EBML, from)];
  for (;;) {
    const at = Math.min(cluster, ebml, unsure);
    if (at === unsure || isBeginning(window, at)) return at;
    if (at === cluster) cluster = next(CLUSTER, at + 1);
    else ebml = next(EBML, at + 1);
  }
}

function isBeginning(window: Buffer, at: number): boolean {
  if (at + SURE_BYTES > window.length) return false;
  const id = window.readUInt32BE(at);
  const first = window.readUInt8(at + 4);
  const width = widthOf(first);
  if (width > MOST_SIZE_BYTES) return false;
  const within = window[at + 4 + width];
  if (id === ids.cluster) return inCluster.has(within);
  return id === ids.ebml && inEbml.has(within) && readNumber(first, window, at + 5) <= MOST_EBML_BYTES;
}
