import { describe, expect, it } from 'vitest';
import { Intake } from '../../src/channels/intake.ts';
import { Tempo } from '../../src/channels/tempo.ts';
import { handClock } from '../support/clock.ts';

function stage({ viewers = 0, elsewhere = 0, delayMs = 200, isWatched = true, lateMs = 0 } = {}) {
  const clock = handClock();
  const tempo = new Tempo();
  for (let n = 0; n < viewers; n++) tempo.came();
  tempo.elsewhere = elsewhere;
  const sent: { atMs: number; text: string }[] = [];
  const intake = new Intake({
    clock: { now: clock.now, after: (ms, call) => clock.after(ms + lateMs, call) },
    delayMs,
    tempo,
    firstIndex: 0,
    isWatched: () => isWatched,
    deliver: (run) => sent.push({ atMs: clock.now(), text: run.on({ begin: Buffer.alloc(0) }).toString() }),
  });
  const take = (text: string, join = false) => intake.take({ kind: 'unit', bytes: Buffer.from(text), join });
  /** a stream of one unit every 5 ms */
  const stream = async (ms: number) => {
    sent.length = 0;
    for (let passed = 0; passed < ms; passed += 5) {
      take('u');
      await clock.advance(5);
    }
    return sent.map(({ atMs }, n) => atMs - (sent[n - 1]?.atMs ?? atMs)).slice(2);
  };
  return { clock, tempo, intake, sent, take, stream };
}

const average = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

describe('what a source sends', () => {
  it('goes out almost at once after a silence, and what follows in the same breath goes with it', async () => {
    const { clock, sent, take } = stage();
    await clock.advance(1000);
    take('a');
    await clock.advance(1);
    take('b');
    await clock.advance(1);
    expect(sent).toEqual([{ atMs: 1002, text: 'ab' }]);
  });

  it.each([
    [0, 0, 10],
    [9, 0, 10],
    [200, 0, 45],
    [1500, 0, 124],
    [500, 1000, 124],
  ])('with %i viewers here and %i in other processes goes out every %i ms', async (viewers, elsewhere, ms) => {
    expect(average(await stage({ viewers, elsewhere }).stream(1000))).toBeCloseTo(ms, -0.5);
  });

  it('never waits for longer than the configuration says, however many watch', async () => {
    const { stream } = stage({ viewers: 100_000, delayMs: 50 });
    expect(Math.max(...(await stream(1000)))).toBe(50);
  });

  it('does not wait at all where the configuration says so', async () => {
    const { clock, sent, take } = stage({ delayMs: 0 });
    take('a');
    await clock.advance(0);
    expect(sent).toEqual([{ atMs: 0, text: 'a' }]);
  });

  it('goes out less often while the pump is too busy to be in time, and as before when that is over', async () => {
    const { tempo, stream } = stage();
    for (let n = 0; n < 100; n++) tempo.late(20);
    expect((await stream(300))[0]).toBeGreaterThan(50);
    for (let n = 0; n < 100; n++) tempo.late(1.5); // as timers are
    expect(average(await stream(300))).toBeCloseTo(10, 0);
  });

  it('goes out less often as well while its own timers are late', async () => {
    expect(average(await stage({ lateMs: 20 }).stream(2000))).toBeGreaterThan(60);
  });

  it('is collected also where one may begin with each unit of it, as with sound', async () => {
    const { clock, sent, take } = stage({ viewers: 1500 });
    take('first');
    await clock.advance(10);
    for (const text of 'abc') take(text, true);
    await clock.advance(200);
    expect(sent.map(({ text }) => text)).toEqual(['first', 'abc']);
  });

  it('never keeps a key frame waiting behind what came before it', async () => {
    const { clock, sent, take } = stage({ viewers: 2000 });
    take('first');
    await clock.advance(100);
    take('a');
    await clock.advance(20);
    take('K', true);
    expect(sent.at(-1)).toEqual({ atMs: 120, text: 'a' });
    take('b');
    await clock.advance(200);
    expect(sent.at(-1)).toMatchObject({ text: 'Kb' });
  });

  it('is collected for longer while nobody is there to wait for it', async () => {
    expect(average(await stage({ isWatched: false }).stream(1000))).toBeCloseTo(100, -0.5);
  });

  it('goes out at once when it has become a lot', async () => {
    const { clock, sent, take } = stage({ viewers: 2000 });
    take('first');
    await clock.advance(10);
    for (let n = 0; n < 4; n++) take('x'.repeat(64 * 1024));
    expect(sent.at(-1)).toMatchObject({ atMs: 10 });
    take('a');
    take('b');
    await clock.advance(200);
    expect(sent.map(({ text }) => text.length)).toEqual([5, 256 * 1024, 2]);
  });
});

describe('what is left unread until a run is due', () => {
  const left = (text: string, { intake }: { intake: Intake }) => {
    const unread = [text];
    const bring = () => {
      for (const one of unread.splice(0)) intake.take({ kind: 'unit', bytes: Buffer.from(one), join: one === 'K' });
    };
    return { unread, come: (bytes: number) => intake.coming(bytes, bring) };
  };

  it('is read then, and goes out at once', async () => {
    const all = stage({ viewers: 1500 });
    all.take('first');
    await all.clock.advance(10);
    const { unread, come } = left('a', all);
    come(1);
    await all.clock.advance(50);
    unread.push('b');
    come(2);
    await all.clock.advance(50);
    expect(all.sent).toEqual([{ atMs: 2, text: 'first' }]);
    await all.clock.advance(20);
    expect(all.sent[1]?.text).toBe('ab');
    expect(all.sent[1]?.atMs).toBeCloseTo(126, 0);
  });

  it('is read when it is a lot, and when all has to go out', async () => {
    const all = stage({ viewers: 1500 });
    all.take('first');
    await all.clock.advance(10);
    left('a', all).come(256 * 1024);
    left('b', all).come(1);
    all.intake.flush();
    expect(all.sent.map(({ text }) => text)).toEqual(['first', 'a', 'b']);
    await all.clock.advance(1000);
    expect(all.sent).toHaveLength(3);
  });

  it('brings a key frame with it that is not kept waiting', async () => {
    const all = stage({ viewers: 1500 });
    all.take('first');
    await all.clock.advance(10);
    const { unread, come } = left('a', all);
    unread.push('K', 'c');
    come(3);
    await all.clock.advance(120);
    expect(all.sent.map(({ text }) => text)).toEqual(['first', 'a', 'Kc']);
  });
});

describe('what another pump has collected already', () => {
  const run = (intake: Intake, text: string) =>
    intake.take({ kind: 'unit', bytes: Buffer.from(text), join: false, isLast: true });

  it('goes on at once, run by run', async () => {
    const { clock, intake, sent } = stage();
    for (const [text, ms] of [
      ['a', 10],
      ['b', 7],
      ['c', 13],
      ['d', 10],
    ] as const) {
      run(intake, text);
      await clock.advance(ms);
    }
    expect(sent).toEqual([
      { atMs: 0, text: 'a' },
      { atMs: 10, text: 'b' },
      { atMs: 17, text: 'c' },
      { atMs: 30, text: 'd' },
    ]);
  });

  it('goes on at once also after one that was cut before a key frame', async () => {
    const { clock, intake, sent } = stage({ viewers: 1000 }); // 101 ms
    const apartMs = [...Array.from({ length: 20 }, () => 102), 84, 18, ...Array.from({ length: 20 }, () => 102)];
    const cameAtMs: number[] = [];
    for (const ms of apartMs) {
      await clock.advance(ms);
      cameAtMs.push(clock.now());
      run(intake, 'r');
    }
    expect(sent.map(({ atMs }) => atMs).slice(3)).toEqual(cameAtMs.slice(3));
  });

  it('goes on run by run where runs are to be a little longer here than there', async () => {
    const { clock, intake, sent, tempo } = stage({ viewers: 100 });
    for (let n = 0; n < 20; n++) {
      run(intake, 'r');
      await clock.advance(tempo.runMs - 4);
    }
    expect(sent.map(({ atMs }) => Math.round(atMs))).toEqual(
      Array.from({ length: 20 }, (_, n) => Math.round(n * (tempo.runMs - 4))),
    );
  });

  it('is collected further where there are so many viewers that runs have to be longer', async () => {
    const { clock, intake, sent } = stage({ viewers: 1500 });
    for (let n = 0; n < 60; n++) {
      run(intake, 'r');
      await clock.advance(10);
    }
    expect(sent.length).toBeLessThan(8);
  });
});
