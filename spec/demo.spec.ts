import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demo } from '../src/demo.ts';

test('the demonstration plays files that are in the package, and only this machine may push', () => {
  const { http, streams } = demo(8086);
  expect(http?.port).toBe(8086);
  const live = streams.at(-1);
  const films = streams.slice(0, -1);
  expect(films.map(({ path }) => path)).toEqual(['demo-asf', 'demo-ts', 'demo-webm']);
  for (const film of films) {
    expect(film).toMatchObject({ type: 'file', loop: true });
    expect(film.type === 'file' && existsSync(film.url)).toBe(true);
  }
  expect(live).toMatchObject({ path: 'live', type: 'push', publish: { from: ['localhost'] } });
});
