// The last line about a configuration with mistakes, below the mistakes themselves.

import { count } from './figures.ts';

export const mistaken = (file: string, mistakes: readonly string[]) => `${file}: ${count(mistakes.length, 'mistake')}`;
