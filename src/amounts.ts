// Times, sizes and flags as schemas of options: '15s' or '4 MiB' in, milliseconds or bytes out. An error is a noun phrase, as all
// schemas have it: the line about a mistake reads `path: expected …, got …`.

import { z } from 'zod';
import { QUANTITY, readSize, readTime } from './quantities.ts';

interface Bounds {
  readonly least: string;
  readonly most: string;
}

export const flag = z.boolean({ error: 'true or false' });

/** '15s', '200ms' or a number of milliseconds; kept as milliseconds. */
export const time = (bounds: Bounds) => quantity(readTime, 'a time', `'15s' (a bare number is milliseconds)`, bounds);

/** '4 MiB' or a number of bytes; kept as bytes. */
export const size = (bounds: Bounds) => quantity(readSize, 'a size', `'4 MiB' (a bare number is bytes)`, bounds);

function quantity(
  read: (text: string | number) => number | undefined,
  what: string,
  example: string,
  { least, most }: Bounds,
) {
  const expected = `${what} from ${least} to ${most} such as ${example}`;
  const within = (amount: number | undefined): amount is number =>
    amount !== undefined && amount >= (read(least) ?? 0) && amount <= (read(most) ?? 0);
  return z
    .custom<string | number>(
      (value) => (typeof value === 'string' || typeof value === 'number') && within(read(value)),
      expected,
    )
    .meta({
      anyOf: [
        { type: 'string', pattern: QUANTITY.source },
        { type: 'number', minimum: read(least) ?? 0, maximum: read(most) ?? 0 },
      ],
    })
    .transform((value) => read(value) ?? 0);
}
