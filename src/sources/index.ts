// What a stream can be taken from. A new kind is a file here and a line in this list; configuration, status, `probe` and the
// contract spec find it.

import assert from 'node:assert/strict';
import { ffmpeg } from './ffmpeg.ts';
import { file } from './file.ts';
import { multicast } from './multicast.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import type { Means, Source, SourceKind } from './source.ts';

export const sourceKinds = [pull, push, file, ffmpeg, multicast] as const;

type Kind = (typeof sourceKinds)[number];
type Options = Parameters<Kind['create']>[0];
const kinds: readonly SourceKind<Options>[] = sourceKinds;

export function createSource(options: Options & { readonly type: Kind['type'] }, means: Means): Source {
  const kind = kinds.find(({ type }) => type === options.type);
  assert(kind, 'the configuration knows no type that is not in the list');
  return kind.create(options, means);
}

/** The first kind that needs no more than this address. */
export function sourceAt(url: string, means: Means): Source | undefined {
  for (const kind of kinds) {
    const { data } = kind.schema.safeParse({ url });
    if (data) return kind.create(data, means);
  }
  return undefined;
}
