// Which view an address means: `#/` the list, `#/hall/main` that stream. Behind the `#`, so that an address works under any prefix
// and the pump is not asked for it.

/** undefined: the list */
export function streamIn(hash: string): string | undefined {
  const path = hash.replace(/^#\/?/, '').replace(/\/$/, '');
  try {
    return decodeURIComponent(path) || undefined;
  } catch {
    return undefined;
  }
}

export function addressOf(path: string): string {
  return `#/${path}`;
}
