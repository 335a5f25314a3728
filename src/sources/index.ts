// What a stream can be taken from. A new kind is a file here and a line in this list; configuration, status and the contract
// spec find it.

import { ffmpeg } from './ffmpeg.ts';
import { file } from './file.ts';
import { multicast } from './multicast.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import type { Means, Source } from './source.ts';

export const sourceKinds = [pull, push, file, ffmpeg, multicast] as const;

type Options<Kind extends (typeof sourceKinds)[number]> = Kind extends (typeof sourceKinds)[number]
  ? { readonly type: Kind['type'] } & Parameters<Kind['create']>[0]
  : never;

export function createSource(options: Options<(typeof sourceKinds)[number]>, means: Means): Source {
  switch (options.type) {
    case 'pull':
      return pull.create(options, means);
    case 'push':
      return push.create(options, means);
    case 'file':
      return file.create(options, means);
    case 'ffmpeg':
      return ffmpeg.create(options, means);
    case 'multicast':
      return multicast.create(options, means);
  }
}
