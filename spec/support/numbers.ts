/** Marsaglia's xorshift: numbers that look random and are the same on every machine. */
export function numbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 1) | 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
