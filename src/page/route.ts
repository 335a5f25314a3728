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

/** Where players find it. Groups that viewers have named (`udp/239.0.0.1:5004`) are at the top, and have no playlists. */
export function placeOf(path: string): string {
  return isGroup(path) ? path : `streams/${path}`;
}

export function isGroup(path: string): boolean {
  return path.includes(':');
}

export function addressOf(path: string): string {
  return `#/${path}`;
}
