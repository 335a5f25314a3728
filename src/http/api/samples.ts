// How the samples of a measure are read from what is looked at: one for each configured stream, one for all others together, several by
// another label, or one in all.

import type { ChannelStatus } from '../../channels/state.ts';
import type { Stream } from '../stream.ts';

/** All streams together that have no name here (`isConfigured`): told only where they can be added up without going back. */
const OTHERS = '(others)';

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [Labels, number];

export interface Seen {
  readonly stream: Stream;
  readonly status: ChannelStatus;
}

export interface Look {
  readonly configured: readonly Seen[];
  readonly others: readonly Seen[];
  readonly connections: number;
  readonly delay: { readonly mean: number; readonly p99: number; readonly max: number };
}

type Read = (seen: Seen) => number | undefined;

/** A sample for each configured stream that has it. */
export const each =
  (read: Read) =>
  ({ configured }: Look): Sample[] =>
    configured.flatMap((seen) => {
      const value = read(seen);
      return value === undefined ? [] : [[{ stream: seen.stream.path }, value] as const];
    });

/** And one for all others together. */
export const added =
  (read: (seen: Seen) => number) =>
  (look: Look): Sample[] => {
    const sum = look.others.reduce((all, seen) => all + read(seen), 0);
    return [...each(read)(look), ...(look.others.length > 0 ? [[{ stream: OTHERS }, sum] as const] : [])];
  };

/** Several for each configured stream, by another label. */
export const by =
  (label: string, read: (seen: Seen) => Readonly<Record<string, number>>) =>
  ({ configured }: Look): Sample[] =>
    configured.flatMap((seen) =>
      Object.entries(read(seen)).map(([key, value]) => [{ stream: seen.stream.path, [label]: key }, value] as const),
    );

export const one =
  (read: (look: Look) => number) =>
  (look: Look): Sample[] => [[{}, read(look)]];
