// The last line about a configuration with mistakes, below the mistakes themselves.

export const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

export const mistaken = (file: string, mistakes: readonly string[]) => `${file}: ${count(mistakes.length, 'mistake')}`;
