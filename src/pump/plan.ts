// What a stream is to be: all that one has to know to open it, and what its source is made of, so that two plans can be told
// apart.

import { isDeepStrictEqual } from 'node:util';
import type { Config, StreamConfig } from '../config.ts';
import type { Access } from '../http/stream.ts';
import type { Destination } from '../datagrams/destination.ts';
import { createSource } from '../sources/index.ts';
import type { Means, Source } from '../sources/source.ts';

export interface Plan
  extends Pick<StreamConfig, 'path' | 'title' | 'type' | 'enabled' | 'container' | 'program' | 'limits' | 'backups'> {
  /** besides its viewers */
  readonly multicastTo?: readonly Destination[];
  readonly watch: Access;
  readonly publish: Access;
  /** opened only while somebody watches */
  readonly onDemand: boolean;
  /** what the source is made of: another source where this is another */
  readonly from: object;
  readonly source: (means: Means) => Source;
}

export function planOf(config: StreamConfig, proxy: Config['proxy']): Plan {
  const {
    path,
    title,
    type,
    enabled,
    watch,
    publish = {},
    limits,
    backups,
    onDemand = false,
    multicastTo,
    ...from
  } = config;
  const takeover = 'takeover' in publish && publish.takeover;
  const means = { ...(proxy && { proxy }) };
  const asBytes = from.program !== undefined || limits.dropNull;
  return {
    path,
    ...(title !== undefined && { title }),
    type,
    enabled,
    ...(from.container !== undefined && { container: from.container }),
    ...(from.program !== undefined && { program: from.program }),
    ...(multicastTo && { multicastTo }),
    watch,
    publish,
    limits,
    ...(backups && { backups }),
    onDemand,
    from: { ...from, type, takeover, asBytes, ...(type === 'pull' && means) },
    source: (others) => createSource(config, { ...others, ...means, asBytes }),
  };
}

export function isFromTheSame(one: Plan, other: Plan): boolean {
  return isDeepStrictEqual(one.from, other.from);
}

export function isSame(one: Plan, other: Plan): boolean {
  return isDeepStrictEqual({ ...one, source: undefined }, { ...other, source: undefined });
}
