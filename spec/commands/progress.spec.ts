import { describe, expect, it } from 'vitest';
import { progress } from '../../src/commands/progress.ts';
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
