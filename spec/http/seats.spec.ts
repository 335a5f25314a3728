import { expect, it } from 'vitest';
import { seats } from '../../src/http/seats.ts';
import { feed } from './stage.ts';

it('whoever is on the way in keeps the place when the stream is configured anew', () => {
  const { stream } = feed('hall', { limits: { viewers: 1, burstMs: 0, graceMs: 30_000 } });
  const take = seats();
  const leave = take(stream);
  const renewed = { ...stream, title: 'The hall' };
  expect(() => take(renewed)).toThrow('as many viewers as it may have');
  leave();
  take(renewed);
});
