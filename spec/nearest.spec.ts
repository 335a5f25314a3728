import { expect, test } from 'vitest';
import { nearest } from '../src/nearest.ts';

const known = ['path', 'title', 'watch', 'publish', 'limits', 'onDemand'];

test.each([
  ['wacth', 'watch'],
  ['Path', 'path'],
  ['pubish', 'publish'],
  ['limit', 'limits'],
  ['on_demand', 'onDemand'],
])('who writes %s hears of %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test.each(['xyzzy', '', 'z'.repeat(100_000)])('of %.10j nothing is made', (word) => {
  expect(nearest(word, known)).toBeUndefined();
});
