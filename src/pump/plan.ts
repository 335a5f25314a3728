// What a stream is to be: all that one has to know to open it, and what its source is made of, so that two plans can be told
// apart.

import { isDeepStrictEqual } from 'node:util';
import type { Config, StreamConfig } from '../config.ts';
import type { Access } from '../http/stream.ts';
import type { Destination } from '../datagrams/destination.ts';
import { readAddress } from '../sources/address.ts';
import { createSource } from '../sources/index.ts';
import { proxyFor } from '../sources/proxy.ts';
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
    from: { ...from, type, takeover, asBytes, through: throughOf(config, proxy) },
    source: (means) => createSource(config, { ...means, asBytes }),
  };
}

/** The proxy that each address is read through: what comes through another one is another source. Whatever only fetches
 *  something before it begins, asks by itself which proxy there is. */
function throughOf(config: StreamConfig, proxy: Config['proxy']): readonly (string | undefined)[] {
  if (config.type !== 'pull') return [];
  const addresses = [config.url].flat().flatMap((text) => readAddress(text) ?? []);
  return addresses.map((address) => proxyFor(address, proxy)?.url);
}

export function isFromTheSame(one: Plan, other: Plan): boolean {
  return isDeepStrictEqual(one.from, other.from);
}

export function isSame(one: Plan, other: Plan): boolean {
  return isDeepStrictEqual({ ...one, source: undefined }, { ...other, source: undefined });
}
