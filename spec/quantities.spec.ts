import { expect, test } from 'vitest';
import { readSize, readTime } from '../src/quantities.ts';

test.each([
  ['15s', 15_000],
  ['200ms', 200],
  ['1.5 s', 1500],
  ['5min', 300_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['0', 0],
  [250, 250],
  [' 2 S ', 2000],
])('the time %j is %d ms', (text, ms) => {
  expect(readTime(text)).toBe(ms);
});

test.each([
  ['4 MiB', 4 << 20],
  ['4MB', 4e6],
  ['512k', 512_000],
  ['64 KiB', 65_536],
  ['1 GiB', 1 << 30],
  ['100', 100],
  [100, 100],
  ['10 B', 10],
])('the size %j is %d bytes', (text, bytes) => {
  expect(readSize(text)).toBe(bytes);
});

test.each([
  '',
  's',
  '-1s',
  '1e3',
  '15 parsecs',
  '1s2s',
  'constructor',
  '1 toString',
  '9'.repeat(40),
  -1,
  NaN,
  Infinity,
])('%j is neither a time nor a size', (text) => {
  expect(readTime(text)).toBeUndefined();
  expect(readSize(text)).toBeUndefined();
});
