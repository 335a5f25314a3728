// What the documentation of the product names and this version does not do yet: told so, instead of being passed over or
// called unknown.

import { type Mistake, isEntries } from './mistakes.ts';

const LATER_KEYS = ['relay'];

const text = 'not in this version';

export interface Present {
  /** without what is not there yet */
  readonly raw: unknown;
  readonly mistakes: readonly Mistake[];
}

export function present(raw: unknown): Present {
  if (!isEntries(raw)) return { raw, mistakes: [] };
  const mistakes = LATER_KEYS.filter((key) => key in raw).map((key) => ({ path: [key], text }));
  return { raw: Object.fromEntries(Object.entries(raw).filter(([key]) => !LATER_KEYS.includes(key))), mistakes };
}
