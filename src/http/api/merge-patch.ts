// What makes one document out of another: a JSON merge patch (RFC 7396). Lists are replaced as a whole. The documents hold no null,
// which in a patch says that something is gone.

type Members = Readonly<Record<string, unknown>>;

/** undefined: there is no difference */
export function difference(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return isSame(before, after) ? undefined : after;
  // By entries: a stream may be called `__proto__`, or as something that every object has.
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const changed = [...now].map(([key, value]) => [key, difference(old.get(key), value)] as const);
  const gone = [...old].flatMap(([key, value]) =>
    value !== undefined && now.get(key) === undefined ? [[key, null] as const] : [],
  );
  const patch = [...changed.filter(([, value]) => value !== undefined), ...gone];
  return patch.length > 0 ? Object.fromEntries(patch) : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists are short: tracks. */
function isSame(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return Object.is(before, after);
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}
