// What the documentation of the product names and this version does not do yet: told so, instead of being passed over or
// called unknown.

import { type Entries, type Mistake, isEntries } from './mistakes.ts';

const LATER_KEYS: readonly string[] = [];
const LATER_STREAM_KEYS = ['multicastTo'];

const text = 'not in this version';

export interface Present {
  /** without what is not there yet */
  readonly raw: unknown;
  readonly mistakes: readonly Mistake[];
}

export function present(raw: unknown): Present {
  if (!isEntries(raw)) return { raw, mistakes: [] };
  const mistakes: Mistake[] = [];
  const without = (entries: Entries, keys: readonly string[], above: Mistake['path']) =>
    Object.fromEntries(
      Object.entries(entries).filter(([key]) => {
        if (keys.includes(key)) mistakes.push({ path: [...above, key], text });
        return !keys.includes(key);
      }),
    );
  const kept = without(raw, LATER_KEYS, []);
  const { streams } = kept;
  if (!Array.isArray(streams)) return { raw: kept, mistakes };
  return {
    raw: {
      ...kept,
      streams: streams.map((stream: unknown, n) =>
        isEntries(stream) ? without(stream, LATER_STREAM_KEYS, ['streams', n]) : stream,
      ),
    },
    mistakes,
  };
}
