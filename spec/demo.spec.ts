import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demo } from '../src/demo.ts';

test('the demonstration plays a file that is in the package, and only this machine may push', () => {
  const { http, streams } = demo();
  expect(http?.port).toBe(8086);
  const [film, live] = streams;
  expect(film).toMatchObject({ path: 'demo-asf', type: 'file', loop: true });
  expect(film?.type === 'file' && existsSync(film.url)).toBe(true);
  expect(live).toMatchObject({ path: 'live', type: 'push', publish: { from: ['localhost'] } });
});
