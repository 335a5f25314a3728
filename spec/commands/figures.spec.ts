import { describe, expect, it } from 'vitest';
import { bitrateOf, bytesOf, timeOf } from '../../src/commands/figures.ts';

describe('quantities for people', () => {
  it('have three digits or so, and a unit', () => {
    expect([0, 999, 1000, 9950, 123_456, 999_949, 1e9, 5e13].map(bytesOf)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '9.9 kB',
      '123 kB',
      '1.0 MB',
      '1.0 GB',
      '50.0 TB',
    ]);
    expect(bitrateOf(2_000_000)).toBe('2.0 Mbit/s');
    expect([0, 7400, 61_000, 3_723_000].map(timeOf)).toEqual(['0:00', '0:07', '1:01', '1:02:03']);
  });
});
