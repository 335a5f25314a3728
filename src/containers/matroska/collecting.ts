// What comes before the first Cluster, and may come again between clusters: all that the header is made of, within a bound. What
// belongs to a file alone is passed over: indexes, chapters, and what stands behind the last Cluster.

import { PumpError } from '../../errors.ts';
import type { Part } from '../container.ts';
import { readAttachments } from './attachments.ts';
import { ids } from './elements.ts';
import { liveTags, readDocType, readHeader, writeHeader, type MatroskaHeader } from './header.ts';
import { malformed } from './malformed.ts';
import { type Head, MOST_EBML_BYTES, MOST_SKIPPED_BYTES, type Reading, type Reads } from './reading.ts';

/** Without attachments. Real ones have some hundred bytes to 20 KiB. */
const MOST_HEADER_BYTES = 1024 * 1024;

export interface Collecting {
  /** False: this cannot stand here, and nothing of it was taken. */
  take(head: Head): Reads<boolean>;
  /** the header for the clusters that follow, where it is another than before, and what was left out of it */
  due(): { readonly parts: readonly Part[]; readonly header: MatroskaHeader } | undefined;
}

/** `size`: of the EBML header, whose head has been read; `attachmentBytes`: room for attachments */
export function* collecting(input: Reading, size: number, attachmentBytes: number): Reads<Collecting> {
  if (size > MOST_EBML_BYTES) throw malformed('its EBML header says that it is longer than any; it is damaged');
  const ebml = yield* input.take(size);
  readDocType(ebml);
  let info: Buffer | undefined;
  let tracks: Buffer | undefined;
  let tags: Buffer[] = [];
  let attached: Buffer[] = [];
  let leftOut: Part[] = [];
  let sent: Buffer | undefined;
  let isNew = true;

  /** `instead`: what it takes the place of */
  function* bounded(bytes: number, instead: Buffer | undefined): Reads<Buffer> {
    const others = [info, tracks, ...tags].reduce((sum, one) => sum + (one?.length ?? 0), bytes);
    if (others - (instead?.length ?? 0) > MOST_HEADER_BYTES) throw tooLarge();
    isNew = true;
    return yield* input.take(bytes);
  }

  function* passOver({ size }: Head): Reads<boolean> {
    if (size > MOST_SKIPPED_BYTES) return damaged('an element in it says that it is longer than any');
    yield* input.skip(size);
    return true;
  }

  /** In mid-stream there is a way back. */
  function damaged(why: string): false {
    if (!sent) throw malformed(`${why}; it is damaged`);
    return false;
  }

  function* take(head: Head): Reads<boolean> {
    switch (head.id) {
      // How long it says that it is does not matter: what is still being written says anything.
      case ids.segment:
        return true;
      case ids.info:
        info = yield* bounded(head.size, info);
        return true;
      case ids.tracks:
        tracks = yield* bounded(head.size, tracks);
        return true;
      case ids.tags:
        if (sent) return yield* passOver(head);
        tags = [...tags, ...liveTags(yield* bounded(head.size, undefined))];
        return true;
      case ids.attachments: {
        if (sent) return yield* passOver(head);
        const found = yield* readAttachments(input, head.size, attachmentBytes);
        attached = found.bytes;
        leftOut = found.leftOut;
        return true;
      }
      case ids.seekHead:
      case ids.cues:
      case ids.chapters:
      case ids.void:
      case ids.crc32:
        return yield* passOver(head);
      default:
        // Something of a later Matroska, or damage: before the first Cluster there is no other way on.
        return sent ? false : yield* passOver(head);
    }
  }

  function due(): ReturnType<Collecting['due']> {
    if (!isNew) return undefined;
    isNew = false;
    const bytes = writeHeader({ ebml, info, tracks, others: [...attached, ...tags] });
    if (sent?.equals(bytes)) return undefined;
    sent = bytes;
    const parts: Part[] = [{ kind: 'header', bytes }, ...leftOut];
    leftOut = [];
    return { parts, header: readHeader(bytes) };
  }

  return { take, due };
}

function tooLarge(): PumpError {
  const most = `${MOST_HEADER_BYTES / 1024} KiB`;
  return new PumpError('too large', `this Matroska header has more than ${most} beside attachments; shorten its tags`);
}
