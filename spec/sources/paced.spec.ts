import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/containers/container.ts';
import { paced } from '../../src/sources/paced.ts';
import type { Source } from '../../src/sources/source.ts';
import { asf } from '../support/asf.ts';
import { handClock } from '../support/clock.ts';

const film = asf().video(1).audio(2);
/** 200 ms of it */
const bytes = Buffer.concat([film.header(), ...film.packets(5)]);

function stage(content: Buffer, afterwards: Source['afterwards'], accept = () => {}) {
  const clock = handClock();
  const stop = new AbortController();
  const source: Source = {
    url: 'film.asf',
    afterwards,
    open: async () => ({
      from: 'here',
      ahead: true,
      bytes: (async function* () {
        yield content;
      })(),
    }),
  };
  const got: { part: Part; ms: number }[] = [];
  const reading = (async () => {
    for await (const part of paced(source, clock, accept, stop.signal)) got.push({ part, ms: clock.now() });
  })();
  reading.catch(() => {});
  const units = () => got.flatMap(({ part, ms }) => (part.kind === 'unit' ? { atMs: part.atMs, ms } : []));
  return { clock, reading, units, stop: () => stop.abort() };
}

describe('a source that is taken by its own clock', () => {
  it('gives each unit when it is due, and ends', async () => {
    const { clock, reading, units } = stage(bytes, 'finish');
    await clock.advance(1000);
    await reading;
    expect(units()).toEqual([0, 40, 80, 120, 160].map((ms) => ({ atMs: ms, ms })));
  });

  it('begins again where it repeats, with its times carried on in step with ours', async () => {
    const { clock, reading, units, stop } = stage(bytes, 'repeat');
    await clock.advance(2000);
    stop();
    await expect(reading).rejects.toThrow();
    const times = units().map(({ atMs = 0 }) => atMs);
    expect(times.length).toBeGreaterThan(40);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { atMs = 0, ms } of units()) expect(Math.abs(atMs - ms)).toBeLessThan(50);
  });

  it('does not run in circles where there is nothing but a header', async () => {
    const { clock, reading } = stage(film.header(), 'repeat');
    await clock.advance(1000);
    await expect(reading).rejects.toThrow('film.asf holds nothing to send but a header');
  });

  it('is not read on when nobody has a use for its container', async () => {
    const { clock, reading, units } = stage(bytes, 'finish', () => {
      throw new Error('not this one');
    });
    await clock.advance(1000);
    await expect(reading).rejects.toThrow('not this one');
    expect(units()).toEqual([]);
  });
});
