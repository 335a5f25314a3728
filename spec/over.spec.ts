import { expect, it } from 'vitest';
import { readOver } from '../src/over.ts';

it('the streams of pumps come in one line or several, with or without room between them', () => {
  expect(readOver(undefined)).toEqual([]);
  expect(readOver('')).toEqual([]);
  expect(readOver('a/x,b/x , c/x')).toEqual(['a/x', 'b/x', 'c/x']);
  expect(readOver(['a/x, b/x', 'c/x'])).toEqual(['a/x', 'b/x', 'c/x']);
});
