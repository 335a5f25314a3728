// A film of pictures and sound as it goes through the framing, cluster by cluster, and what of it comes out.

import type { Part } from '../../../src/containers/container.ts';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { framed, units } from '../../support/framing.ts';
import { mkv } from '../../support/matroska.ts';
import { simple } from '../../support/matroska-elements.ts';
import { blocksOf } from './reading.ts';

export const film = mkv().video(1).audio(2);
export const played = (...clusters: Buffer[]): Part[] =>
  framed(matroska, Buffer.concat([film.header(), ...clusters])).parts;
export const blocks = (parts: readonly Part[]) => units(parts).flatMap(({ bytes }) => blocksOf(bytes).blocks);
export const told = (parts: readonly Part[]) => blocks(parts).map(({ track, at }) => `${track}@${at}`);
export const kinds = (parts: readonly Part[]) => parts.map(({ kind }) => kind);
export const picture = (relative: number, key = false) => simple(1, relative, { key });
