// What makes one document out of another: a JSON merge patch (RFC 7396). Lists are replaced as a whole. The documents hold no null,
// which in a patch says that something is gone.

type Members = Readonly<Record<string, unknown>>;

/** undefined: there is no difference */
export function difference(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return isSame(before, after) ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const changed = key in before ? difference(before[key], value) : value;
    if (changed !== undefined) patch[key] = changed;
  }
  for (const [key, value] of Object.entries(before))
    if (value !== undefined && after[key] === undefined) patch[key] = null;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists are short: tracks. */
function isSame(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return Object.is(before, after);
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}
