// Whom connections are handed to, and who is ended, by what was heard of each.

import { describe, expect, it } from 'vitest';
import { least, verdict } from '../../src/cluster/silence.ts';

describe('a worker that is silent', () => {
  const verdicts = (isReady: boolean) =>
    Array.from({ length: 100 }, (_, silence) => ({ silence, told: verdict({ isReady, silence }) })).filter(
      ({ told }) => told !== undefined,
    );

  it('is passed over, and ended when its viewers have nothing left to play', () => {
    expect(verdicts(true)).toEqual([
      { silence: 3, told: 'aside' },
      { silence: 10, told: 'hangs' },
    ]);
  });

  it('has more time to begin', () => {
    expect(verdicts(false)).toEqual([{ silence: 60, told: 'hangs' }]);
  });
});

describe('a connection', () => {
  const at = (load: number, silence: number) => ({ load, silence });

  it('goes where the fewest are', () => {
    expect(least([at(5, 0), at(3, 1), at(4, 0)])).toEqual(at(3, 1));
  });

  it('goes to nobody who does not answer while another does', () => {
    expect(least([at(5, 0), at(3, 3), at(1, Infinity)])).toEqual(at(5, 0));
  });

  it('goes to one who may answer again where none does, and waits where none is there', () => {
    expect(least([at(5, 4), at(3, 9), at(1, Infinity)])).toEqual(at(3, 9));
    expect(least([at(1, Infinity)])).toBeUndefined();
    expect(least([])).toBeUndefined();
  });
});
