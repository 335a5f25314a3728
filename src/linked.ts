// A signal of one's own that is aborted with others that last longer, and leaves nothing with them. AbortSignal.any() does that too,
// but each call leaves an entry with the longer ones for good (Node 20), and all of itself where something still listens: on a
// pump's own signal that adds up with every viewer who waits and every try to open a source.

export interface Linked {
  readonly signal: AbortSignal;
  readonly abort: (reason?: unknown) => void;
  /** To be called when it is over: from then on it is aborted by itself alone. */
  readonly unlink: () => void;
}

export function linked(...others: readonly AbortSignal[]): Linked {
  const own = new AbortController();
  const links = others.map((other) => ({ other, pass: () => own.abort(other.reason) }));
  for (const { other, pass } of links) {
    if (other.aborted) pass();
    else other.addEventListener('abort', pass);
  }
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    unlink() {
      for (const { other, pass } of links) other.removeEventListener('abort', pass);
    },
  };
}
