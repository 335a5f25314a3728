import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import { Tempo } from '../../src/channels/tempo.ts';
import { linked } from '../../src/linked.ts';
import { readTogether } from '../../src/sources/together.ts';
import { handClock, settle } from '../support/clock.ts';
import { HandSink } from '../support/sink.ts';
import { bareWire, toyContainer } from '../support/toy.ts';
import { silent } from '../support/log.ts';

/** A live stream that one watches here, and as many as are said elsewhere; runs are 124 ms long with 1500 of them. */
async function stage({ viewers = 1500, isWatched = true } = {}) {
  const clock = handClock();
  const tempo = new Tempo();
  tempo.elsewhere = viewers;
  const limits = { backlogBytes: 1_000_000, delayMs: 200, slow: 'skip', graceMs: 30_000 } as const;
  const channel = new Channel({ limits, clock, log: silent, tempo });
  channel.opened({ container: toyContainer, from: 'a spec', over: [] });
  channel.take({ kind: 'header', bytes: Buffer.from('head ') });
  const sink = new HandSink();
  const wants = { wire: bareWire, follows: false, burstMs: 0, address: '::1', agent: 'spec' };
  if (isWatched) void channel.join(sink, wants);

  const chunks: Buffer[] = [];
  let more = () => {};
  let isOver = false;
  async function* bytes() {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk) yield chunk;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (more = resolve));
    }
  }
  const read: { text: string; cameAtMs: number; lainMs: number }[] = [];
  const own = linked(new AbortController().signal);
  const reading = readTogether(bytes(), channel, clock, own, (chunk, cameAtMs, lainMs) => {
    if (chunk.toString() === 'bad') throw new Error('what nobody can read');
    read.push({ text: chunk.toString('latin1', 0, 5), cameAtMs, lainMs });
    channel.take({ kind: 'unit', bytes: chunk, join: true });
  });
  const come = async (chunk: string | Buffer) => {
    chunks.push(Buffer.from(chunk));
    more();
    await settle();
  };
  const end = () => {
    isOver = true;
    more();
  };
  return { clock, sink, chunks, read, reading, come, end };
}

/** One whose first run has just been sent, at 2 ms. */
async function begun(options?: Parameters<typeof stage>[0]) {
  const all = await stage(options);
  await all.come('a');
  await all.clock.advance(2);
  expect(all.sink.text).toBe(options?.isWatched === false ? '' : 'head a');
  return all;
}

describe('what comes while nobody needs it', () => {
  it('is left where it is until a run is nearly due, and goes out with that', async () => {
    const { clock, sink, chunks, come } = await begun();
    for (const letter of 'bcdef') {
      await clock.advance(10);
      await come(letter);
    }
    expect(chunks.join('')).toBe('cdef'); // the first of them has to be read, to know that there is something
    await clock.advance(50);
    expect(chunks.join('')).toBe('cdef');
    await clock.advance(22.5);
    expect([chunks.length, sink.text]).toEqual([0, 'head a']);
    await clock.advance(2);
    expect(sink.text).toBe('head abcdef');
  });

  it('is read at once where few watch, who wait for it, or where it is looked into and nobody watches', async () => {
    for (const options of [{ viewers: 1 }, { isWatched: false }]) {
      const { clock, chunks, come } = await begun(options);
      await clock.advance(1);
      for (const letter of 'bc') {
        await come(letter);
        expect(chunks).toEqual([]);
      }
    }
  });

  it('is no more than any system keeps for us, of a fast stream', async () => {
    const { clock, chunks, come } = await stage();
    for (let second = 0; second < 2; second++) {
      await come(Buffer.alloc(2_000_000));
      await clock.advance(1000);
    }
    await come('a');
    await clock.advance(10);
    await come('b');
    await clock.advance(10);
    await come('c');
    expect(chunks.join('')).toBe('c');
    await clock.advance(25); // 16 Mbit/s bring 64 KiB in 33 ms
    expect(chunks).toEqual([]);
  });

  it('gives others their turn where a lot lies there already', async () => {
    const { chunks, reading, come, end } = await stage({ isWatched: false });
    chunks.push(...Array.from({ length: 8 }, () => Buffer.alloc(300_000)));
    const left: number[] = [];
    const look = () => {
      left.push(chunks.length);
      if (chunks.length > 0) setImmediate(look);
    };
    setImmediate(look);
    await come('a');
    end();
    await reading;
    expect(left.length).toBeGreaterThan(6);
  });

  it('is told apart from what was read when it came, so that nobody takes our rest for the jitter of the source', async () => {
    const { clock, read, come } = await begun();
    await clock.advance(10);
    await come('b');
    await clock.advance(30);
    await come('c');
    await clock.advance(90);
    await come('d');
    await clock.advance(130);
    expect(read).toEqual([
      { text: 'a', cameAtMs: 0, lainMs: 0 },
      { text: 'b', cameAtMs: 12, lainMs: 0 },
      { text: 'c', cameAtMs: expect.closeTo(124, 0), lainMs: expect.closeTo(112, 0) },
      { text: 'd', cameAtMs: 132, lainMs: 0 },
    ]);
  });

  it('is not lost when the source ends meanwhile', async () => {
    const { clock, sink, come, end, reading } = await begun();
    await clock.advance(10);
    for (const letter of 'bcd') await come(letter);
    end();
    await clock.advance(200);
    await reading;
    await clock.advance(200);
    expect(sink.text).toBe('head abcd');
  });

  it('ends the reading where it cannot be read, and what came before it goes out', async () => {
    const { clock, sink, come, reading } = await begun();
    const failed = expect(reading).rejects.toThrow('what nobody can read');
    await clock.advance(10);
    for (const chunk of ['b', 'bad', 'd']) await come(chunk);
    await clock.advance(200);
    await come('e');
    await failed;
    expect(sink.text).toBe('head ab');
  });
});
