import { describe, expect, it } from 'vitest';
import { bitrateOf, bytesOf, progress, timeOf } from '../../src/commands/progress.ts';
import { handClock } from '../support/clock.ts';

describe('the line that long work shows', () => {
  function shown(isTTY: boolean) {
    const clock = handClock();
    const written: string[] = [];
    let count = 0;
    const stop = progress(clock, () => `${count++} done`, { isTTY, write: (text) => written.push(text) });
    return { clock, written, stop };
  }

  it('is written anew once a second on a terminal, and wiped in the end', async () => {
    const { clock, written, stop } = shown(true);
    await clock.advance(2000);
    stop();
    await clock.advance(5000);
    expect(written.map((text) => text.replaceAll('\r', '').replaceAll('\u001b[K', ''))).toEqual([
      '0 done',
      '1 done',
      '2 done',
      '',
    ]);
    for (const text of written) expect(text).toMatch(/^\r.\[K/);
  });

  it('is written nowhere else', async () => {
    const { clock, written, stop } = shown(false);
    await clock.advance(2000);
    stop();
    expect(written).toEqual([]);
  });
});

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
