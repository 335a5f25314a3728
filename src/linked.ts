// A signal of one's own that is aborted together with others that last longer, and leaves nothing behind on them. AbortSignal.any() is
// no substitute: with Node 20 each call leaves an entry on the longer signals for good, and keeps all of itself alive where something
// still listens. On a signal that lasts as long as the pump, that adds up with every viewer who waits and every try to open a source.

export interface Linked {
  readonly signal: AbortSignal;
  /** Aborts this one alone, which is then no longer linked. */
  readonly abort: (reason?: unknown) => void;
  /** To be called when what it was made for is over, unless it was aborted. */
  readonly unlink: () => void;
}

export function linked(...others: readonly AbortSignal[]): Linked {
  const own = new AbortController();
  const abort = (reason?: unknown) => {
    unlink();
    own.abort(reason);
  };
  const links = others.map((other) => ({ other, pass: () => abort(other.reason) }));
  const unlink = () => {
    for (const { other, pass } of links) other.removeEventListener('abort', pass);
  };
  for (const { other, pass } of links) other.addEventListener('abort', pass);
  const aborted = others.find((other) => other.aborted);
  if (aborted) abort(aborted.reason);
  return { signal: own.signal, abort, unlink };
}
