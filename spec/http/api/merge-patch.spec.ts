import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../src/http/api/merge-patch.ts';
import { merge } from '../../../src/page/merge.ts';

/** Streams may be called by any of them. */
const key = fc.constantFrom('a', 'b', 'losses', '__proto__', 'constructor');
const { told } = fc.letrec((tie) => ({
  told: fc.oneof(
    { maxDepth: 3 },
    fc.nat(3),
    fc.constantFrom('live', 'lost'),
    fc.boolean(),
    fc.array(fc.nat(2), { maxLength: 2 }),
    fc.dictionary(key, tie('told'), { maxKeys: 3 }),
  ),
}));
const document = fc.dictionary(key, told, { maxKeys: 4 });

/** In one order: what is equal is the same text then, own `__proto__` and all. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

describe('a change', () => {
  it('makes on the page what the pump has', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const patch: unknown = JSON.parse(JSON.stringify(difference(before, after) ?? {}));
        expect(JSON.stringify(sorted(merge(before, patch)))).toBe(JSON.stringify(sorted(after)));
      }),
    );
  });

  it('is nothing where nothing has changed', () => {
    fc.assert(
      fc.property(document, (same) => {
        expect(difference(same, structuredClone(same))).toBeUndefined();
      }),
    );
  });

  it('has what has changed alone, and leaves the rest the same objects', () => {
    const before = { hall: { viewers: 1, source: { bytes: 1 } }, yard: { viewers: 0 } };
    const after = { hall: { viewers: 1, source: { bytes: 2 } } };
    expect(difference(before, after)).toEqual({ hall: { source: { bytes: 2 } }, yard: null });
    const merged = merge(before, { hall: { viewers: 2 } });
    expect(merged).toEqual({ ...before, hall: { ...before.hall, viewers: 2 } });
    expect((merged as typeof before).yard).toBe(before.yard);
  });
});
