// From bytes to parts, element by element (RFC 9559, sections 4.5 and 5.1): a header once the first Cluster comes, then units. An
// element of unknown size ends where one begins that cannot be within it. After damage it goes on at the next sure Cluster.

import type { Choices, Framing } from '../container.ts';
import { readBlock } from './blocks.ts';
import { collecting } from './collecting.ts';
import { ids, readUint, UNKNOWN } from './elements.ts';
import { malformed } from './malformed.ts';
import { type Head, MOST_SKIPPED_BYTES, reading, type Reading, type Tells } from './reading.ts';
import { type Grouping, grouping } from './units.ts';

/** A key frame of 8K video has some MiB. */
export const MOST_BLOCK_BYTES = 16 * 1024 * 1024;

/** Every newcomer is sent all attachments before the first picture; who does not get a font shows the text in another. */
const ATTACHMENT_BYTES = 1024 * 1024;

export function* framing({ attachmentBytes = ATTACHMENT_BYTES }: Choices = {}): Framing {
  const input = reading();
  let head = yield* input.head();
  if (head?.id !== ids.ebml) throw malformed('it does not begin with an EBML header; send it from its beginning');
  for (;;) head = yield* document(input, head, attachmentBytes);
}

/** Several may follow each other, as from `cat`: returns the head of the next one. */
function* document(input: Reading, { size }: Head, attachmentBytes: number): Tells<Head> {
  const header = yield* collecting(input, size, attachmentBytes);
  let units: Grouping | undefined;
  for (let head = yield* input.head(); ; ) {
    if (head?.id === ids.ebml) return head;
    if (head?.id === ids.cluster) {
      const due = header.due();
      if (due) {
        yield* due.parts;
        units = grouping(due.header);
      }
      head = units && (yield* cluster(input, head.size, units));
    } else if (head && (yield* header.take(head))) head = yield* input.head();
    else if (units) head = yield* input.search();
    else throw malformed('something in it is no element; it is damaged');
  }
}

/** Half of what can be counted exactly: there is room for what comes after. */
const MOST_TICKS = 2 ** 52;

/** What ends a Cluster of unknown size, and shows that one of known size was cut short. */
const above: ReadonlySet<number> = new Set([
  ids.ebml,
  ids.segment,
  ids.cluster,
  ids.info,
  ids.tracks,
  ids.tags,
  ids.attachments,
  ids.seekHead,
  ids.cues,
  ids.chapters,
]);

/** Returns the head of what follows it. */
function* cluster(input: Reading, size: number, units: Grouping): Tells<Head | undefined> {
  let timestamp: number | undefined;
  for (let left = size; left > 0; ) {
    const head: Head | undefined = yield* input.head();
    if (head && above.has(head.id)) {
      yield* units.flush();
      if (left !== UNKNOWN) yield { kind: 'gap' };
      return head;
    }
    left = head ? left - head.bytes - head.size : Number.NaN;
    if (!head || !(left >= 0) || !fits(head)) {
      yield* units.flush();
      return yield* input.search();
    }
    if (head.id === ids.simpleBlock || head.id === ids.blockGroup) {
      const block = readBlock(head.id, yield* input.take(head.size));
      const made = block && timestamp !== undefined ? units.take(block, timestamp) : undefined;
      yield* made ?? units.flush();
      if (!made) return yield* input.search(head.size);
      // It may end with any block, without a word: what is collected then would never be sent.
      if (size === UNKNOWN) yield* units.flush();
    } else if (head.id === ids.timestamp) {
      const ticks = readUint(yield* input.take(head.size)) ?? Number.NaN;
      timestamp = ticks <= MOST_TICKS ? ticks : undefined;
    } else yield* input.skip(head.size);
  }
  yield* units.flush();
  return yield* input.head();
}

/** Undefined: this has no place in a Cluster. What has none in a live one either is passed over. */
const mostBytes: Readonly<Record<number, number>> = {
  [ids.timestamp]: 8,
  [ids.simpleBlock]: MOST_BLOCK_BYTES,
  [ids.blockGroup]: MOST_BLOCK_BYTES,
  [ids.position]: 8,
  [ids.previousSize]: 8,
  [ids.silentTracks]: 4096,
  [ids.crc32]: 4,
  [ids.void]: MOST_SKIPPED_BYTES,
};

function fits({ id, size }: Head): boolean {
  return size <= (mostBytes[id] ?? -1);
}
