import { describe, expect, it } from 'vitest';
import type { Framing, Part } from '../../src/containers/container.ts';
import { Framer } from '../../src/containers/framer.ts';
import { PumpError } from '../../src/errors.ts';
import { toy, toyContainer } from '../support/toy.ts';

const told = (parts: Iterable<Part>) =>
  [...parts].map((part) => ('bytes' in part ? `${part.kind} ${part.bytes.toString()}` : part.kind));

const stream = Buffer.concat([toy('H', 'head'), toy('K', 'key'), toy('U', ''), toy('G'), toy('U', 'unit')]);
const parts = ['header head', 'unit key', 'unit ', 'gap', 'unit unit'];

describe('a framer', () => {
  it.each([1, 2, 3, 5, 7, 1000])('gives the same parts from chunks of %i bytes', (size) => {
    const framer = new Framer(toyContainer);
    const got: string[] = [];
    for (let at = 0; at < stream.length; at += size) got.push(...told(framer.push(stream.subarray(at, at + size))));
    expect(got).toEqual(parts);
    expect(framer.heldBytes).toBe(0);
  });

  it('hands out views of a chunk, not copies', () => {
    const [header] = new Framer(toyContainer).push(stream);
    expect(header).toMatchObject({ kind: 'header' });
    if (header?.kind === 'header') expect(header.bytes.buffer).toBe(stream.buffer);
  });

  it('tells when the stream says that it is over, and passes nothing on after that', () => {
    const feed = new Framer(toyContainer).push(Buffer.concat([toy('H', 'h'), toy('E'), toy('U', 'late')]));
    expect(feed.next().value).toMatchObject({ kind: 'header' });
    expect(feed.next()).toEqual({ done: true, value: true });
  });

  it('hands out what is good before it says what is wrong, and where', () => {
    const got: Part[] = [];
    const feed = () => {
      for (const part of new Framer(toyContainer).push(Buffer.concat([toy('H', 'head'), Buffer.from('X\0')])))
        got.push(part);
    };
    expect(feed).toThrow(/no part begins with X \(near byte 8\)/);
    expect(told(got)).toEqual(['header head']);
  });

  it('refuses an element that is larger than allowed before holding any of it', () => {
    function* greedy(): Framing {
      yield 1_000_000;
    }
    const framer = new Framer({ name: 'greedy', framing: greedy, largestBytes: 1000 });
    expect(() => [...framer.push(Buffer.from('x'))]).toThrow(PumpError);
  });

  it('hands out what a framing was still collecting when nothing more comes', () => {
    function* pairs(): Framing {
      let held: Buffer[] = [];
      try {
        for (;;) {
          held.push(yield 1);
          if (held.length < 2) continue;
          yield { kind: 'unit', bytes: Buffer.concat(held), join: true };
          held = [];
        }
      } finally {
        if (held.length > 0) yield { kind: 'unit', bytes: Buffer.concat(held), join: false };
        yield 1; // asks for more, which there is not
      }
    }
    const framer = new Framer({ name: 'pairs', framing: pairs, largestBytes: 1 });
    expect(told(framer.push(Buffer.from('abcde')))).toEqual(['unit ab', 'unit cd']);
    expect(told(framer.end())).toEqual(['unit e']);
    expect(told(new Framer(toyContainer).end())).toEqual([]);
  });

  it('stays small and quick when bytes come one by one', () => {
    function* slow(): Framing {
      const bytes = yield 50_000;
      yield { kind: 'unit', bytes, join: true };
    }
    const framer = new Framer({ name: 'slow', framing: slow, largestBytes: 50_000 });
    const got: Part[] = [];
    for (let n = 0; n < 50_000; n += 1) got.push(...framer.push(Buffer.from([n & 0xff])));
    const [unit] = got;
    expect(unit).toMatchObject({ kind: 'unit' });
    if (unit?.kind === 'unit') expect([...unit.bytes.subarray(-3)]).toEqual([77, 78, 79]);
  });
});
