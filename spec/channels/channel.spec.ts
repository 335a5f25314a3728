import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import type { Limits } from '../../src/channels/limits.ts';
import { Tempo } from '../../src/channels/tempo.ts';
import type { Wants } from '../../src/channels/visit.ts';
import type { Unit } from '../../src/containers/container.ts';
import { Framer } from '../../src/containers/framer.ts';
import { handClock, settle } from '../support/clock.ts';
import { HandSink } from '../support/sink.ts';
import { toy, toyContainer, toyWire, bareWire } from '../support/toy.ts';
import { silent } from '../support/log.ts';

const limits: Limits = { backlogBytes: 100_000, delayMs: 200, slow: 'skip', graceMs: 30_000 };

function stage(options: { limits?: Partial<Limits>; firstIndex?: number } = {}) {
  const clock = handClock();
  const tempo = new Tempo();
  const { firstIndex = 0 } = options;
  const channel = new Channel({ limits: { ...limits, ...options.limits }, clock, log: silent, tempo, firstIndex });
  const origin = { container: toyContainer, from: 'a spec', over: [] };
  const framer = new Framer(toyContainer);
  return {
    clock,
    tempo,
    channel,
    open: () => {
      channel.opening();
      channel.opened(origin);
    },
    /** what the source sends, a run of its own */
    send: async (...bytes: Buffer[]) => {
      for (const part of framer.push(Buffer.concat(bytes))) channel.take(part);
      await clock.advance(200);
    },
    watch: (wants: Partial<Wants> = {}) => {
      const sink = new HandSink();
      const all = { wire: toyWire, follows: false, burstMs: 0, address: '::1', agent: 'spec', ...wants };
      return { sink, departure: channel.join(sink, all) };
    },
  };
}

async function live(options?: Parameters<typeof stage>[0]) {
  const all = stage(options);
  all.open();
  await all.send(toy('H', 'one'));
  return all;
}

describe('a newcomer', () => {
  it('gets the header and then the newest key frame and all after it', async () => {
    const { send, watch } = await live();
    await send(toy('K', 'a'), toy('U', 'b'));
    await send(toy('K', 'c'), toy('U', 'd'));
    const { sink } = watch();
    expect(sink.text).toBe('<one>[2:c][3:d]');
    await send(toy('U', 'e'));
    expect(sink.text).toBe('<one>[2:c][3:d][4:e]');
  });

  it('gets also what came just now, although nobody was there to wait for it', async () => {
    const { channel, watch } = await live();
    for (const text of 'ab') channel.take({ kind: 'unit', bytes: Buffer.from(text), join: text === 'a' });
    expect(watch().sink.text).toBe('<one>[0:a][1:b]');
  });

  it('begins as far back as it asks, in seconds of the stream, at a key frame', async () => {
    const { send, watch } = await live();
    for (const at of [0, 1000, 2000, 3000, 4000]) await send(toy('K', `${at}`), toy('U', `${at + 500}`));
    expect(watch({ burstMs: 0 }).sink.text).toBe('<one>[8:4000][9:4500]');
    expect(watch({ burstMs: 2000 }).sink.text).toMatch(/^<one>\[4:2000]/);
    expect(watch({ burstMs: 2501 }).sink.text).toMatch(/^<one>\[2:1000]/);
    expect(watch({ burstMs: 60_000 }).sink.text).toMatch(/^<one>\[0:0]/);
  });

  it('waits for a key frame where there is none, but not for ever', async () => {
    const { clock, send, watch } = await live();
    await send(toy('U', 'a'));
    const { sink } = watch();
    await send(toy('U', 'b'));
    expect(sink.text).toBe('<one>');
    await clock.advance(11_000);
    await send(toy('U', 'c'));
    expect(sink.text).toBe('<one>[2:c]');
  });

  it('is told as soon as the stream is live', async () => {
    const { channel, open, send } = stage();
    const waiting = channel.whenLive(AbortSignal.timeout(10_000));
    expect(channel.wanted).toBe(true);
    open();
    await send(toy('H', 'one'));
    expect((await waiting)?.header.toString()).toBe('one');
    expect(channel.wanted).toBe(false);
  });

  it('is told at once that the stream will not come, when the pump stops', async () => {
    const { channel } = stage();
    const waiting = channel.whenLive(AbortSignal.timeout(10_000));
    channel.close();
    expect(await waiting).toBeUndefined();
  });
});

describe('a stream whose units bring what leads up to them', () => {
  const unit = (text: string, lead?: string): Unit => ({
    kind: 'unit',
    bytes: Buffer.from(text),
    join: lead !== undefined,
    ...(lead !== undefined && { lead: Buffer.from(lead) }),
  });

  async function led(limits?: Partial<Limits>) {
    const all = await live(limits && { limits });
    const take = async (...units: Unit[]) => {
      for (const part of units) all.channel.take(part);
      await all.clock.advance(200);
    };
    return { ...all, take };
  }

  it('gives that to a newcomer instead of the header, and to nobody else', async () => {
    const { take, watch } = await led();
    const early = watch({ wire: bareWire });
    await take(unit('a', '(to a)'), unit('b'));
    await take(unit('c', '(to c)'), unit('d'));
    const late = watch({ wire: bareWire });
    await take(unit('e', '(to e)'));
    expect(early.sink.text).toBe('oneabcde');
    expect(late.sink.text).toBe('(to c)cde');
  });

  it('gives it to those who come back after a skip', async () => {
    const { take, watch } = await led({ backlogBytes: 2000 });
    await take(unit('a', '(to a)'));
    const { sink } = watch({ wire: bareWire });
    sink.taking = false;
    for (const letter of 'bcdefgh') await take(unit(letter, `(to ${letter})`));
    sink.drain();
    expect(sink.text).toBe('(to a)ab(to h)h');
  });
});

describe('viewers in step', () => {
  it('get everything of one interval by one write of one shared buffer', async () => {
    const { send, watch } = await live();
    const [first, second] = [watch(), watch()];
    await send(toy('K', 'a'), toy('U', 'b'), toy('U', 'c'));
    expect(first.sink.text).toBe('<one>[0:a][1:b][2:c]');
    expect(first.sink.writes).toBe(2);
    expect(second.sink.text).toBe(first.sink.text);
  });

  it('get a key frame at the beginning of a run, so that a newcomer can begin there', async () => {
    const { send, watch } = await live();
    await send(toy('K', 'a'), toy('U', 'b'), toy('K', 'c'), toy('U', 'd'));
    expect(watch().sink.text).toBe('<one>[2:c][3:d]');
  });

  it('get the same packet numbers, also over the 32-bit wrap of a wire', async () => {
    const { send, watch } = await live({ firstIndex: 2 ** 32 - 1 });
    await send(toy('K', 'a'), toy('U', 'b'));
    expect(watch().sink.text).toBe('<one>[4294967295:a][4294967296:b]');
  });

  it('are sent the bytes as they are on a wire that changes nothing', async () => {
    const { send, watch } = await live();
    await send(toy('K', 'a'), toy('U', 'b'));
    expect(watch({ wire: bareWire }).sink.text).toBe('oneab');
  });
});

describe('a slow viewer', () => {
  it('gets what it missed when its socket drains, while others notice nothing', async () => {
    const { send, watch } = await live();
    const [slow, other] = [watch(), watch()];
    slow.sink.taking = false;
    await send(toy('K', 'a'));
    await send(toy('U', 'b'));
    await send(toy('U', 'c'));
    expect(slow.sink.text).toBe('<one>[0:a]');
    expect(other.sink.text).toBe('<one>[0:a][1:b][2:c]');
    slow.sink.drain();
    expect(slow.sink.text).toBe(other.sink.text);
    expect(slow.sink.writes).toBe(3); // the header, a, and all that was missed
  });

  it('is sent no more of it at once than is a lot', async () => {
    const { channel, clock, watch } = await live({ limits: { backlogBytes: 10_000_000 } });
    const { sink } = watch({ wire: bareWire });
    sink.taking = false;
    for (let n = 0; n < 10; n++) {
      channel.take({ kind: 'unit', bytes: Buffer.alloc(100_000), join: n === 0 });
      await clock.advance(200);
    }
    sink.drain(false);
    expect(sink.writableLength).toBe(300_000);
    sink.drain();
    expect(sink.text).toHaveLength('one'.length + 1_000_000);
  });

  it('and any other gets a picture that is larger than all that is kept', async () => {
    const { channel, clock, watch } = await live({ limits: { backlogBytes: 1000 } });
    const { sink } = watch({ wire: bareWire });
    channel.take({ kind: 'unit', bytes: Buffer.alloc(5000), join: true });
    await clock.advance(200);
    expect(sink.text).toHaveLength('one'.length + 5000);
  });

  it('skips to the newest key frame once it has fallen off the backlog, whole units at a time', async () => {
    const { channel, send, watch } = await live({ limits: { backlogBytes: 2000 } });
    const { sink } = watch();
    sink.taking = false;
    await send(toy('K', 'a'));
    for (const letter of 'bcdefgh') await send(toy(letter === 'g' ? 'K' : 'U', letter));
    sink.drain();
    expect(sink.text).toBe('<one>[0:a][6:g][7:h]');
    expect(channel.status()).toMatchObject({ skips: 1, viewers: 1 });
    sink.close();
    await settle();
    expect(channel.status()).toMatchObject({ skips: 1, viewers: 0 });
  });

  it('is let go at once where the stream is configured so', async () => {
    const { send, watch } = await live({ limits: { backlogBytes: 2000, slow: 'disconnect' } });
    const { sink, departure } = watch();
    sink.taking = false;
    for (const letter of 'abcdefgh') await send(toy('K', letter));
    sink.drain();
    expect(await departure).toBe('too slow');
    expect(sink.state).toBe('destroyed');
  });

  it('is let go after too many skips', async () => {
    const { send, watch } = await live({ limits: { backlogBytes: 2000 } });
    const { sink, departure } = watch();
    for (let skips = 0; skips < 6; skips += 1) {
      sink.taking = false;
      for (const letter of 'abcdefgh') await send(toy('K', letter));
      sink.drain();
    }
    expect(await departure).toBe('too slow');
  });

  it('that takes nothing at all is let go after half a minute', async () => {
    const { channel, clock, send, watch } = await live();
    const { sink, departure } = watch();
    sink.taking = false;
    await send(toy('K', 'a'));
    await clock.advance(32_000);
    expect(await departure).toBe('too slow');
    expect(channel.status().departures).toEqual({ 'too slow': 1 });
  });

  it('that is another process of this pump is let go likewise', async () => {
    const { clock, send, watch } = await live();
    const { sink, departure } = watch({ isInside: true });
    sink.taking = false;
    await send(toy('K', 'a'));
    await clock.advance(32_000);
    expect(await departure).toBe('too slow');
  });

  it('never makes the pump hold more than the backlog and one run', async () => {
    const { channel, send, watch } = await live({ limits: { backlogBytes: 5000 } });
    const viewers = Array.from({ length: 20 }, () => watch());
    for (const { sink } of viewers) sink.taking = false;
    for (let n = 0; n < 200; n += 1) await send(toy('K', 'x'.repeat(200)));
    expect(channel.status().backlog.bytes).toBeLessThanOrEqual(5000);
    for (const { sink } of viewers) expect(sink.writableLength).toBeLessThan(250);
  });
});

describe('viewers one by one', () => {
  it('are listed with how they do, and with how far they are behind', async () => {
    const { clock, send, watch, channel } = await live();
    await send(toy('K', '1000'));
    watch({ address: '192.0.2.1', agent: 'one', user: 'ann' });
    const slow = watch({ address: '192.0.2.2', agent: 'two', wire: bareWire });
    slow.sink.taking = false;
    await send(toy('U', '1100'));
    await clock.advance(1800);
    await send(toy('U', '4200'));
    await send(toy('U', '6700'));
    const common = { skips: 0, seconds: 2 };
    expect(channel.audience.list()).toEqual({
      viewers: [
        {
          id: '1',
          address: '192.0.2.1',
          agent: 'one',
          user: 'ann',
          wire: 'toy',
          bytes: 37,
          behindSeconds: 0,
          ...common,
        },
        { id: '2', address: '192.0.2.2', agent: 'two', wire: 'bare', bytes: 11, behindSeconds: 2.5, ...common },
      ],
      left: [],
    });
  });

  it('are sent away with what their wire says at the end, and remembered with the reason, the last twenty of them', async () => {
    const { watch, channel } = await live();
    const all = Array.from({ length: 25 }, (_, n) => watch({ agent: `number ${n + 1}` }));
    for (let id = 1; id <= 24; id++) expect(channel.audience.drop(String(id))).toBe(true);
    expect(await all[0]?.departure).toBe('dropped');
    expect(all.map(({ sink }) => sink.state)).toEqual([...Array.from({ length: 24 }, () => 'ended'), 'open']);
    await settle();
    expect(channel.audience.drop('1')).toBe(false);
    const { viewers, left } = channel.audience.list();
    expect(viewers).toMatchObject([{ id: '25' }]);
    expect(left).toHaveLength(20);
    expect(left[0]).toMatchObject({ agent: 'number 24', reason: 'dropped', at: expect.stringMatching(/^\d{4}-/) });
    expect(channel.status()).toMatchObject({ departures: { dropped: 24 }, viewers: 1 });
  });

  it('get other limits without noticing', async () => {
    const { clock, send, watch, channel, open } = await live();
    await send(toy('K', 'a'));
    const { sink } = watch();
    channel.limit({ graceMs: 1000, backlogBytes: 1, delayMs: 0, slow: 'disconnect' });
    channel.take({ kind: 'unit', bytes: Buffer.from('b'), join: false });
    await clock.advance(0);
    expect(sink.text).toBe('<one>[0:a][1:b]');
    expect(channel.status().backlog.bytes).toBeLessThan(1000);
    const slow = watch();
    slow.sink.taking = false;
    for (const letter of 'cde') await send(toy('K', letter));
    slow.sink.drain();
    expect(await slow.departure).toBe('too slow');
    channel.lost('gone');
    await clock.advance(900);
    expect(sink.state).toBe('open');
    open();
    await clock.advance(200);
    expect(sink.state).toBe('ended');
  });
});

describe('when the source is interrupted', () => {
  it('viewers stay and go on at the next key frame', async () => {
    const { channel, clock, open, send, watch } = await live();
    const { sink } = watch();
    await send(toy('K', 'a'));
    channel.take({ kind: 'unit', bytes: Buffer.from('b'), join: false });
    channel.lost('gone');
    expect(sink.text).toBe('<one>[0:a][1:b]');
    expect(channel.status()).toMatchObject({ state: 'lost', viewers: 1, source: { lastError: 'gone' } });
    open();
    await send(toy('H', 'one'), toy('U', 'c'));
    await send(toy('K', 'd'), toy('U', 'e'));
    expect(sink.text).toBe('<one>[0:a][1:b][3:d][4:e]');
    expect(channel.status()).toMatchObject({ state: 'live', source: { restarts: 1 } });
    await clock.advance(31_000);
    expect(sink.state).toBe('open');
  });

  it('newcomers do not begin before the interruption', async () => {
    const { channel, open, send, watch } = await live();
    await send(toy('K', '0'));
    channel.lost('gone');
    open();
    await send(toy('H', 'one'), toy('K', '9000'));
    expect(watch({ burstMs: 5000 }).sink.text).toBe('<one>[1:9000]');
  });

  it('viewers are told the end when it does not come back in time', async () => {
    const { channel, clock, watch } = await live();
    const { sink, departure } = watch();
    channel.lost('gone');
    await clock.advance(29_000);
    expect(sink.state).toBe('open');
    await clock.advance(1000);
    expect(await departure).toBe('stream ended');
    expect(sink.text).toBe('<one><end>');
    expect(sink.state).toBe('ended');
  });

  it('newcomers wait for it', async () => {
    const { channel, open, send } = await live();
    channel.lost('gone');
    expect(channel.live).toBeUndefined();
    const waiting = channel.whenLive(AbortSignal.timeout(10_000));
    open();
    await send(toy('H', 'one'));
    expect(await waiting).toBeDefined();
  });
});

describe('when another header comes', () => {
  it('those who can follow are told and go on; the others end, when the new header is there to be found', async () => {
    const { channel, open, send, watch } = await live();
    const [follower, other] = [watch({ follows: true }), watch()];
    await send(toy('K', 'a'));
    channel.lost('gone');
    open();
    expect(other.sink.state).toBe('open');
    await send(toy('H', 'two'), toy('K', 'b'));
    expect(follower.sink.text).toBe('<one>[0:a]<now two>[1:b]');
    expect(other.sink.text).toBe('<one>[0:a]<end>');
    expect(await other.departure).toBe('header changed');
    expect(watch().sink.text).toBe('<two>[1:b]');
  });

  it('everybody has all of the old stream before it', async () => {
    const { channel, send, watch } = await live();
    const { sink } = watch({ follows: true });
    await send(toy('K', 'a'));
    channel.take({ kind: 'unit', bytes: Buffer.from('b'), join: false });
    await send(toy('H', 'two'), toy('K', 'c'));
    expect(sink.text).toBe('<one>[0:a][1:b]<now two>[2:c]');
  });

  it('a viewer who is behind gets nothing of the old stream after the new header', async () => {
    const { channel, send, watch } = await live();
    const { sink } = watch({ follows: true });
    sink.taking = false;
    await send(toy('K', 'a'));
    await send(toy('U', 'b'));
    await send(toy('H', 'two'), toy('K', 'c'));
    sink.drain();
    expect(sink.text).toBe('<one>[0:a]<now two>[2:c]');
    expect(channel.status().skips).toBe(0);
  });

  it('time and again, a viewer who takes nothing is owed the last of them alone', async () => {
    const { send, watch } = await live();
    const { sink } = watch({ follows: true });
    sink.taking = false;
    await send(toy('K', 'a'));
    const before = sink.writableLength;
    for (let n = 1; n <= 100; n++) await send(toy('H', `header ${n}`), toy('K', `${n}`));
    expect(sink.writableLength).toBe(before);
    sink.drain();
    expect(sink.text).toBe('<one>[0:a]<now header 100>[100:100]');
  });

  it('a stream in another container ends even those who follow', async () => {
    const { channel, send, watch } = await live();
    const { departure } = watch({ follows: true });
    channel.opened({ container: { ...toyContainer, name: 'other' }, from: 'a spec', over: [] });
    await send(toy('H', 'one'));
    expect(await departure).toBe('header changed');
  });
});

describe('the end', () => {
  it('of the stream reaches every viewer after the last unit', async () => {
    const { channel, send, watch } = await live();
    const { sink, departure } = watch();
    await send(toy('K', 'a'));
    channel.take({ kind: 'unit', bytes: Buffer.from('b'), join: false });
    channel.over();
    expect(sink.text).toBe('<one>[0:a][1:b]<end>');
    expect(await departure).toBe('stream ended');
    expect(channel.status().state).toBe('idle');
  });

  it('is kept from a viewer until he has taken all that came before, and from nobody else', async () => {
    const { channel, send, watch } = await live();
    const [slow, quick] = [watch(), watch()];
    slow.sink.taking = false;
    await send(toy('K', 'a'));
    await send(toy('U', 'b'));
    channel.over();
    expect(quick.sink.text).toBe('<one>[0:a][1:b]<end>');
    expect(slow.sink).toMatchObject({ text: '<one>[0:a]', state: 'open' });
    expect(channel.viewers).toBe(2);
    // What comes afterwards is another stream's.
    channel.opening();
    await send(toy('K', 'c'));
    channel.over();
    slow.sink.drain();
    expect(slow.sink).toMatchObject({ text: '<one>[0:a][1:b]<end>', state: 'ended' });
    expect(await slow.departure).toBe('stream ended');
  });

  it('is the end also for whom another stream has overtaken', async () => {
    const { channel, open, send, watch } = await live();
    const { sink, departure } = watch({ follows: true });
    sink.taking = false;
    await send(toy('K', 'a'));
    await send(toy('U', 'b'));
    channel.over();
    open();
    await send(toy('H', 'two'));
    expect(await departure).toBe('stream ended');
  });

  it('comes for one who takes nothing any more as well', async () => {
    const { channel, clock, send, watch } = await live();
    const { sink, departure } = watch();
    sink.taking = false;
    await send(toy('K', 'a'));
    channel.over();
    await clock.advance(31_000);
    expect(await departure).toBe('too slow');
    expect(sink.state).toBe('destroyed');
  });

  it('of the pump leaves no timer behind', async () => {
    const { channel, clock, send, watch } = await live();
    const { sink, departure } = watch();
    await send(toy('K', 'a'));
    channel.take({ kind: 'unit', bytes: Buffer.from('b'), join: false });
    channel.close();
    expect(await departure).toBe('stopping');
    expect(sink.text).toBe('<one>[0:a][1:b]<end>');
    expect(clock.waiting).toBe(0);
  });

  it('of a viewer who goes by himself is counted and costs the others nothing', async () => {
    const { channel, send, watch } = await live();
    const [one, other] = [watch(), watch()];
    one.sink.close();
    expect(await one.departure).toBe('left');
    await settle();
    await send(toy('K', 'a'));
    expect(other.sink.text).toBe('<one>[0:a]');
    expect(channel.status()).toMatchObject({ viewers: 1, viewersPeak: 2, viewersTotal: 2, departures: { left: 1 } });
    expect(channel.status().bytesOut).toBe('<one><one>[0:a]'.length);
    other.sink.close();
    await settle();
    watch();
    expect(channel.status()).toMatchObject({ viewers: 1, viewersPeak: 2, viewersTotal: 3, departures: { left: 2 } });
  });

  it('of a crowd, or of many one after the other, lets what comes go out as quickly as before', async () => {
    const { tempo, watch } = await live();
    const ways: readonly Partial<Wants>[] = [{}, { isOutlet: true }, { isInside: true }];
    for (const wants of ways) {
      const crowd = Array.from({ length: 1000 }, () => watch(wants));
      expect(tempo.runMs).toBeGreaterThan(100);
      for (const { sink } of crowd) sink.close();
      await settle();
      expect(tempo.runMs).toBe(10);
    }
  });
});

it('shows what it knows: bit rate, key frames, losses, tracks, backlog', async () => {
  const { channel, clock, send, watch } = await live();
  watch();
  await send(toy('K', '1000'), toy('U', '1500'), toy('K', '3000'), toy('L', '7'));
  await clock.advance(1000);
  expect(channel.status()).toMatchObject({
    state: 'live',
    container: 'toy',
    tracks: [{ codec: 'one' }],
    keyframeSeconds: 2,
    backlog: { seconds: 2 },
    source: { bytes: 12, bitrate: 96, losses: { packets: 7 }, restarts: 0 },
  });
});
