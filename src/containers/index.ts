// The containers that this pump knows. A new one is a folder here and a line in the list.

import { asf } from './asf/index.ts';
import type { Container } from './container.ts';
import { linkOf } from './link/index.ts';
import { matroska } from './matroska/index.ts';
import { mediaType } from './media-type.ts';
import { mpegts } from './mpegts/index.ts';

export const containers: readonly [Container, ...Container[]] = [asf, matroska, mpegts];

/** The names of those that are sent in datagrams, for people. */
export const inDatagrams = containers.flatMap(({ name, datagram }) => (datagram ? name : [])).join(' or ');

export function byName(name: string): Container | undefined {
  return containers.find((container) => container.name === name);
}

export function byContentType(contentType: string): Container | undefined {
  const type = mediaType(contentType);
  return containers.find(({ contentTypes }) => contentTypes.includes(type));
}

/** Which container, or link that carries one, these first bytes are of. False: none that we know; undefined: too few bytes yet to say. */
export function recognise(start: Buffer): Container | false | undefined {
  let undecided = false;
  for (const container of [...containers.map(linkOf), ...containers]) {
    const verdict = container.recognise(start);
    if (verdict) return container;
    undecided ||= verdict === undefined;
  }
  return undecided ? undefined : false;
}
