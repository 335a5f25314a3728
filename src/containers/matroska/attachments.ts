// Attachments, fonts nearly always (RFC 9559, section 5.1.6): as many as there is room for. The others are passed over without
// being kept.

import type { Part } from '../container.ts';
import { ids, writeElement } from './elements.ts';
import { malformed } from './malformed.ts';
import { type Head, MOST_SKIPPED_BYTES, type Reading, type Reads } from './reading.ts';

export interface Attached {
  /** as they are sent; nothing where there are none */
  readonly bytes: Buffer[];
  readonly leftOut: Part[];
}

export function* readAttachments(input: Reading, size: number, mostBytes: number): Reads<Attached> {
  const files: Buffer[] = [];
  let room = mostBytes;
  let count = 0;
  for (let left = size; left > 0; ) {
    const head: Head | undefined = yield* input.head();
    if (!head || !(head.bytes + head.size <= left)) throw malformed('an attachment runs past its end; it is damaged');
    left -= head.bytes + head.size;
    if (head.id === ids.attachedFile && head.size <= room) {
      room -= head.size;
      files.push(writeElement(head.id, yield* input.take(head.size)));
      continue;
    }
    if (head.id === ids.attachedFile) count += 1;
    yield* input.skip(Math.min(head.size, MOST_SKIPPED_BYTES));
  }
  return {
    bytes: files.length > 0 ? [writeElement(ids.attachments, Buffer.concat(files))] : [],
    leftOut: count > 0 ? [{ kind: 'loss', what: 'attachments', count }] : [],
  };
}
