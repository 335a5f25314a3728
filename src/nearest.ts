// What somebody probably meant: the known word with the fewest letters changed, swapped, put in or left out.

/** Beyond a third of the letters wrong, a guess misleads more than it helps. */
const TOLERANCE = 1 / 3;

/** Words from outside; nobody means a known one by more letters than this. */
const LONGEST_WORD = 64;

export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, apart: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, apart }) => apart <= Math.max(1, Math.ceil(candidate.length * TOLERANCE)))
    .toSorted((a, b) => a.apart - b.apart);
  return ranked[0]?.candidate;
}

/** Levenshtein's, with two neighbours swapped as one mistake: that is the commonest slip of fingers. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwapped ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(changed, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
