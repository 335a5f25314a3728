import { describe, expect, it } from 'vitest';
import { Pauses } from '../src/pauses.ts';

const around = (ms: number) => expect.toSatisfy((pause: number) => pause >= 0.8 * ms && pause <= 1.2 * ms);

describe('pauses', () => {
  it('grow from a second to half a minute', () => {
    const pauses = new Pauses();
    const seen = Array.from({ length: 7 }, () => pauses.after(0));
    expect(seen).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].map(around));
  });

  it('are not the same for all, so that what failed together does not come back together', () => {
    expect(new Set(Array.from({ length: 100 }, () => new Pauses().after(0))).size).toBeGreaterThan(10);
  });

  it('begin anew after a healthy minute', () => {
    const pauses = new Pauses();
    for (let n = 0; n < 5; n += 1) pauses.after(0);
    expect(pauses.after(60_001)).toEqual(around(1000));
    expect(pauses.after(59_999)).toEqual(around(2000));
  });
});
