import { expect, test } from 'vitest';
import { Queue } from '../../src/sources/queue.ts';

test('what is read later comes whole and in order, and then the end', async () => {
  const queue = new Queue();
  const got: string[] = [];
  const read = async () => {
    for await (const piece of queue.read()) got.push(piece.toString());
  };
  queue.push(Buffer.from('a'));
  queue.push(Buffer.from('b'));
  const reading = read();
  await Promise.resolve();
  queue.push(Buffer.from('c'));
  queue.end();
  await reading;
  expect(got).toEqual(['a', 'b', 'c']);
});

test('a failure comes behind what came before it', async () => {
  const queue = new Queue();
  queue.push(Buffer.from('a'));
  queue.end(new Error('broken'));
  queue.end();
  const read = queue.read();
  expect((await read.next()).value?.toString()).toBe('a');
  await expect(read.next()).rejects.toThrow('broken');
});

test('bytes and pieces that nobody reads have a bound, until they are read', async () => {
  const large = new Queue();
  const piece = Buffer.alloc(1024 * 1024);
  expect([1, 2, 3, 4, 5].map(() => large.push(piece))).toEqual([true, true, true, true, false]);
  const small = new Queue();
  let taken = 0;
  while (small.push(Buffer.of(1))) taken += 1;
  expect(taken).toBe(16_384);
  await small.read().next();
  expect(small.push(Buffer.of(1))).toBe(true);
});
