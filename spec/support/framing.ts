// Bytes through a container's framing, as a source would send them.

import { readFileSync } from 'node:fs';
import type { Choices, Container, Part, Unit } from '../../src/containers/container.ts';
import { Framer } from '../../src/containers/framer.ts';

export interface Framed {
  readonly parts: Part[];
  /** the stream said that it is over */
  readonly over: boolean;
  /** how many of the parts were only made when nothing more came */
  readonly collected: number;
  /** bytes of a part that did not come whole */
  readonly held: number;
}

/** In one chunk, or in chunks of these lengths and the rest. */
export function framed(
  container: Container,
  bytes: Buffer,
  lengths: Iterable<number> = [],
  choices: Choices = {},
): Framed {
  const framer = new Framer(container, choices);
  const parts: Part[] = [];
  for (const chunk of chunks(bytes, lengths)) {
    const pushed = framer.push(chunk);
    let step = pushed.next();
    for (; !step.done; step = pushed.next()) parts.push(step.value);
    if (step.value) return { parts, over: true, collected: 0, held: framer.heldBytes };
  }
  const collected = [...framer.end()];
  return { parts: [...parts, ...collected], over: false, collected: collected.length, held: framer.heldBytes };
}

function* chunks(bytes: Buffer, lengths: Iterable<number>): Generator<Buffer> {
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) return;
    yield bytes.subarray(at, (at += length));
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

export function units(parts: readonly Part[]): Unit[] {
  return parts.filter((part) => part.kind === 'unit');
}

export function headers(parts: readonly Part[]): Buffer[] {
  return parts.flatMap((part) => (part.kind === 'header' ? [part.bytes] : []));
}

/** how many packets are told to be lost */
export function lost(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part.kind === 'loss' ? part.count : 0), 0);
}

/** Which units one may begin with. */
export function joins(parts: readonly Part[]): number[] {
  return units(parts).flatMap(({ join }, n) => (join ? [n] : []));
}

export function sample(path: string): Buffer {
  return readFileSync(new URL(`../samples/${path}`, import.meta.url));
}
