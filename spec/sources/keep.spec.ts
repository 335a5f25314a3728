import { describe, expect, it } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import { aborted } from '../../src/clock.ts';
import type { Container } from '../../src/containers/container.ts';
import { mpegts } from '../../src/containers/mpegts/index.ts';
import { PumpError } from '../../src/errors.ts';
import { Again } from '../../src/sources/again.ts';
import { keep } from '../../src/sources/keep.ts';
import type { Feed, Source } from '../../src/sources/source.ts';
import { handClock, settle } from '../support/clock.ts';
import { HandSink } from '../support/sink.ts';
import { toy, toyContainer, toyWire } from '../support/toy.ts';
import { ts } from '../support/ts.ts';
import { nothing } from '../support/nothing.ts';
import { silent, writtenLog } from '../support/log.ts';

/** What has come, or is to be waited for. An error is what it breaks off with; a silence has no end. */
type Line = Buffer | Promise<unknown> | Error | 'silence';
type Opening = readonly Line[] | Error | 'silence';

/** A source whose openings are written down beforehand; the last one holds on until it is aborted. */
function scripted(openings: Opening[], options: Partial<Source & Feed> = {}) {
  const told: (Error | 'over')[] = [];
  let opened = 0;
  const source: Source = {
    url: 'toy:script',
    afterwards: 'reopen',
    ...options,
    async open(signal) {
      const script = openings[opened++] ?? 'silence';
      if (script instanceof Error) throw script;
      return {
        bytes: read(script, signal),
        from: 'a script',
        ahead: false,
        ...options,
        done: (error) => void told.push(error ?? 'over'),
      };
    },
  };
  return { source, told, opened: () => opened };
}

async function* read(script: Exclude<Opening, Error>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (const one of script === 'silence' ? [script] : script) {
    if (one instanceof Error) throw one;
    if (one instanceof Buffer) yield one;
    else await (one === 'silence' ? aborted(signal) : one);
  }
}

function stage(
  openings: Opening[],
  options: Partial<Source & Feed> = {},
  { container = toyContainer, ...more }: { untilOver?: boolean; container?: Container } = {},
) {
  const clock = handClock();
  const { log, lines } = writtenLog({ base: null });
  const limits = { backlogBytes: 100_000, delayMs: 0, slow: 'skip', graceMs: 30_000 } as const;
  const channel = new Channel({ limits, clock, log });
  const stop = new AbortController();
  const script = scripted(openings, options);
  const again = new Again();
  const kept = keep(() => ({ source: script.source, container }), channel, { clock, log, again, ...more }, stop.signal);
  const watch = () => {
    const sink = new HandSink();
    const wants = { wire: toyWire, follows: false, burstMs: 0, address: '::1', agent: 'spec' };
    return { sink, departure: channel.join(sink, wants) };
  };
  return { clock, channel, kept, watch, lines, again, stop: () => stop.abort(), ...script };
}

const head = toy('H', 'h');

describe('a source that ends', () => {
  it('has all that came of it passed on', async () => {
    const film = ts().tables().second(0);
    const { channel, stop, kept } = stage([[film.bytes]], {}, { container: mpegts });
    await settle();
    expect(channel.status().source).toMatchObject({ bytes: film.bytes.length - 2 * 188, losses: nothing });
    stop();
    await kept;
  });

  it('has its last picture passed on, also where it does not tell whether it may be begun with', async () => {
    const delimiter = Buffer.from('0000000109f0', 'hex');
    const film = ts().tables().key(0, { randomAccess: false }).picture(200).picture(400, { es: delimiter, bytes: 300 });
    const { channel, told } = stage([[film.bytes]], {}, { container: mpegts });
    while (told.length === 0) await settle();
    expect(channel.status().source).toMatchObject({ bytes: film.bytes.length - 2 * 188, losses: nothing });
  });
});

describe('a source whose bytes are read when a run is due', () => {
  const film = ts().tables().second(0).second(1000);
  const junk = Array.from({ length: 6 }, () => Buffer.alloc(250_000));

  it('is told by what is found in them, and opened again', async () => {
    const { channel, clock, told, opened } = stage([[film.bytes, ...junk], 'silence'], {}, { container: mpegts });
    while (told.length === 0) await clock.advance(10);
    await clock.advance(2000);
    expect(told[0]).toMatchObject({ code: 'malformed' });
    expect(channel.status().source.lastError).toMatch(/^no packets of a transport stream were found in 1 MiB/);
    expect(opened()).toBe(2);
  });

  it('has them passed on before it counts as lost', async () => {
    const half = film.bytes.length / 2;
    const pieces = [film.bytes.subarray(0, half), film.bytes.subarray(half), new PumpError('upstream failed', 'broke')];
    const { channel, clock } = stage([pieces], {}, { container: mpegts });
    await clock.advance(10);
    expect(channel.status()).toMatchObject({ state: 'lost', source: { lastError: 'broke' } });
    expect(channel.status().source.bytes).toBe(film.bytes.length - 2 * 188);
  });
});

describe('a source that fails', () => {
  it('is opened again after about a second, then after longer and longer pauses, of half a minute at the most', async () => {
    const { clock, opened, channel } = stage(
      Array.from({ length: 20 }, () => new PumpError('upstream failed', 'refused')),
    );
    await settle();
    expect(opened()).toBe(1);
    expect(channel.status()).toMatchObject({ state: 'opening', source: { lastError: 'refused' } });
    await clock.advance(790);
    expect(opened()).toBe(1);
    await clock.advance(420);
    expect(opened()).toBe(2);
    await clock.advance(150_000);
    expect(opened()).toBeGreaterThanOrEqual(7);
    const before = opened();
    await clock.advance(36_100);
    expect(opened()).toBeGreaterThan(before);
  });

  it('is forgiven after a healthy minute', async () => {
    const failing = new PumpError('upstream failed', 'refused');
    const openings = [failing, failing, failing, failing, failing, 'silence' as const, 'silence' as const];
    const { clock, opened } = stage(openings, { stallMs: 120_000 });
    await clock.advance(37_300);
    expect(opened()).toBe(6);
    await clock.advance(121_300);
    expect(opened()).toBe(7);
  });

  it('keeps its viewers, who go on in the same response, also where its format makes another header the same', async () => {
    const { clock, watch } = stage([[head, toy('K', 'a')], [toy('H', 'H'), toy('K', 'b')], 'silence']);
    await clock.advance(10);
    const { sink } = watch();
    await clock.advance(1300);
    expect(sink.text).toBe('<h>[1:b]');
    expect(sink.state).toBe('open');
  });
});

it('a source that is waited for is waited for at once again when it has failed', async () => {
  const { opened } = stage([[head, new PumpError('upstream failed', 'hung up')], 'silence'], { afterwards: 'wait' });
  for (let n = 0; n < 10; n++) await settle();
  expect(opened()).toBe(2);
});

describe('a source that is silent', () => {
  it('is given up and told why', async () => {
    const { clock, told, opened } = stage(['silence', 'silence']);
    await clock.advance(14_000);
    expect(opened()).toBe(1);
    await clock.advance(8000);
    expect(told[0]).toMatchObject({ code: 'stalled', message: 'nothing came for 15 s' });
    expect(opened()).toBe(2);
  });

  it('is given up little later than that, whenever the last of it came', async () => {
    let comes = () => {};
    const late = new Promise<void>((resolve) => (comes = resolve));
    const { clock, told } = stage([[head, late, toy('K', 'a'), 'silence']]);
    await clock.advance(1000);
    comes();
    await clock.advance(14_900);
    expect(told).toEqual([]);
    await clock.advance(3850); // a quarter more
    expect(told).toHaveLength(1);
  });

  it('is given more time where it says so itself', async () => {
    const { clock, told } = stage(['silence'], { stallMs: 60_000 });
    await clock.advance(59_000);
    expect(told).toEqual([]);
    await clock.advance(20_000);
    expect(told).toHaveLength(1);
  });
});

describe('a source that fails all night', () => {
  const refused = new PumpError('upstream failed', 'refused');
  const told = (lines: Record<string, unknown>[]) => lines.map(({ msg, reason }) => [msg, ...(reason ? [reason] : [])]);

  it('is one line in the log when it begins, and one when something comes again', async () => {
    const openings = [[head, toy('K', 'a')], refused, refused, 'silence', refused, [head, toy('K', 'b')]] as const;
    const { clock, lines } = stage(openings.slice());
    await clock.advance(200_000);
    expect(told(lines)).toEqual([
      ['source opened'],
      ['source ended', 'ended'],
      ['source failed', 'refused'],
      ['source failed', 'nothing came for 15 s'],
      ['source failed', 'refused'],
      ['source opened'],
      ['source ended', 'ended'],
      ['source opened'],
      ['source failed', 'nothing came for 15 s'],
    ]);
  });

  it('is one line where it is only silent: opened, and given up, again and again', async () => {
    const { clock, lines, opened } = stage(
      Array.from({ length: 99 }, () => 'silence' as const),
      { afterwards: 'wait' },
    );
    await clock.advance(600_000);
    expect(opened()).toBeGreaterThan(30);
    expect(told(lines)).toEqual([['source opened'], ['source failed', 'nothing came for 15 s']]);
  });

  it('is told again to who has asked for another try', async () => {
    const { clock, lines, again } = stage([refused, refused, refused]);
    await clock.advance(100);
    again.now('somebody asked for it');
    await clock.advance(100);
    expect(told(lines)).toEqual([
      ['source failed', 'refused'],
      ['source failed', 'refused'],
    ]);
  });
});

describe('the end of a feed', () => {
  it('that the format itself tells ends the viewers', async () => {
    const { clock, watch, channel, told } = stage([
      [head, toy('K', 'a')],
      [head, toy('E')],
    ]);
    await clock.advance(10);
    const { sink, departure } = watch();
    await clock.advance(1300);
    expect(await departure).toBe('stream ended');
    expect(sink.text).toBe('<h><end>');
    expect(told).toEqual(['over', 'over']);
    expect(channel.status().state).toBe('idle');
  });

  it('ends the stream where the source is not opened again', async () => {
    const { kept, channel, opened } = stage([[head, toy('K', 'a')]], { afterwards: 'finish' });
    await kept;
    expect(opened()).toBe(1);
    expect(channel.status().state).toBe('idle');
  });

  it('of a loop is no interruption: no pause, no restart, nothing lost', async () => {
    const pass = [head, toy('K', 'a')];
    const { clock, channel, opened, lines } = stage([pass, pass, pass, 'silence'], { afterwards: 'repeat' });
    await clock.advance(1);
    expect(opened()).toBe(4);
    expect(lines).toEqual([expect.objectContaining({ msg: 'source opened' })]);
    expect(channel.status()).toMatchObject({ state: 'live', source: { restarts: 0 } });
  });

  it('counts the bytes that made no whole part', async () => {
    const { clock, channel } = stage([[head, toy('U', 'cut off').subarray(0, 4)]]);
    await clock.advance(10);
    expect(channel.status().source.losses).toEqual({ bytes: 2 });
  });
});

it('a feed whose other side is away shows as lost, and as live again with its next unit', async () => {
  let away = (_why: string): void => {};
  let send = (_bytes: Buffer): void => {};
  const body = new ReadableStream<Buffer>({ start: (to) => void (send = (bytes) => to.enqueue(bytes)) });
  const { clock, channel, lines } = stage([], { bytes: body.values(), onAway: (tell) => (away = tell) });
  send(Buffer.concat([head, toy('K', 'a')]));
  await clock.advance(1);
  away('hung up');
  expect(channel.status()).toMatchObject({ state: 'lost', source: { lastError: 'hung up', restarts: 0 } });
  send(toy('K', 'b'));
  await clock.advance(1);
  expect(channel.status()).toMatchObject({ state: 'live', source: { restarts: 0 } });
  expect(lines.map(({ msg }) => msg)).toEqual(['source opened', 'source away', 'source opened']);
});

it('what was lost is told in the log, a line a second', async () => {
  const { clock, lines } = stage([[head, toy('L', '7'), toy('L', '2')]]);
  await clock.advance(1100);
  const lost = lines.filter(({ msg }) => msg === 'source lost something');
  expect(lost).toEqual([expect.objectContaining({ what: 'packets', items: 2, count: 2 })]);
});

it('a file is taken by the clock of its stream, not faster', async () => {
  const pass = [head, toy('K', '1000'), toy('U', '1500'), toy('U', '3000')];
  const { clock, channel } = stage([pass], { afterwards: 'finish', ahead: true });
  await clock.advance(499);
  expect(channel.status().source.bytes).toBe(4);
  await clock.advance(1);
  expect(channel.status().source.bytes).toBe(8);
  await clock.advance(1499);
  expect(channel.status().source.bytes).toBe(8);
  await clock.advance(1);
  expect(channel.status().source.bytes).toBe(12);
});

it('what is live is not kept waiting, whatever its clock says', async () => {
  const { clock, channel } = stage([[head, toy('K', '1000'), toy('U', '9000')], 'silence']);
  await clock.advance(10);
  expect(channel.status().source.bytes).toBe(8);
});

it('a file whose clock makes a long pause is not taken for silent', async () => {
  const pass = [head, toy('K', '1000'), toy('U', '26000'), toy('U', '27000')];
  const { clock, channel, opened } = stage([pass], { afterwards: 'finish', ahead: true });
  await clock.advance(25_000);
  expect({ bytes: channel.status().source.bytes, opened: opened() }).toEqual({ bytes: 9, opened: 1 });
});

describe('for somebody who waits for the end, a source', () => {
  const failing = new PumpError('upstream failed', 'refused');
  const whole = [head, toy('K', 'a')];

  it('that fails at first is not tried again', async () => {
    const { kept, channel } = stage([failing], {}, { untilOver: true });
    await expect(kept).rejects.toBe(failing);
    expect(channel.status().state).toBe('idle');
  });

  it('that holds nothing but a header has failed', async () => {
    const { kept } = stage([[head]], { afterwards: 'finish' }, { untilOver: true });
    await expect(kept).rejects.toMatchObject({ message: 'there is nothing to send in a script' });
  });

  it('that is a file is over at its end, even at an address', async () => {
    const { kept, opened } = stage([whole], { ahead: true, anew: 'http://a/' }, { untilOver: true });
    await kept;
    expect(opened()).toBe(1);
  });

  it('that cannot be had again is over when it fails in its middle', async () => {
    const broken = stage([[...whole, failing]], { afterwards: 'finish' }, { untilOver: true });
    await expect(broken.kept).rejects.toBe(failing);
    expect(broken.opened()).toBe(1);
  });

  it('that is a file begins again where it repeats', async () => {
    const file = { ahead: true, anew: 'http://a/', afterwards: 'repeat' } as const;
    const { clock, opened, stop } = stage([whole, whole, 'silence'], file, { untilOver: true });
    await clock.advance(10);
    expect(opened()).toBe(3);
    stop();
  });

  it('that is live is opened again when it ends or fails', async () => {
    const { clock, opened, stop } = stage([whole, failing, 'silence'], {}, { untilOver: true });
    await clock.advance(1300);
    await clock.advance(2500);
    expect(opened()).toBe(3);
    stop();
  });
});

it.each([
  [
    'an address that FFmpeg could open as well says so',
    { anew: 'http://a/b.m3u8' },
    /it begins with '#EXTM3U'; .*remux: true/,
  ],
  ['a connection does not, since FFmpeg could not', {}, /it begins with '#EXTM3U'; [^`]*$/],
])('what is no container known here: %s', async (_, feed, message) => {
  const clock = handClock();
  const channel = new Channel({
    limits: { backlogBytes: 100_000, delayMs: 0, slow: 'skip', graceMs: 0 },
    clock,
    log: silent,
  });
  const { source } = scripted([[Buffer.from(`#EXTM3U${'\n'.repeat(5000)}`)]], feed);
  const stop = new AbortController();
  const kept = keep(() => ({ source }), channel, { clock, log: silent }, stop.signal);
  await clock.advance(10);
  expect(channel.status().source.lastError).toMatch(message);
  stop.abort();
  await kept;
});

it('bytes that are not of the format are refused, and whoever sent them is told', async () => {
  const { clock, told } = stage([[Buffer.from('X\0')]]);
  await clock.advance(1);
  expect(told[0]).toMatchObject({ code: 'malformed' });
});

it('when stopped, everything ends and no timer is left', async () => {
  const { clock, channel, kept, stop } = stage(['silence']);
  await clock.advance(1000);
  stop();
  await kept;
  channel.close();
  expect(clock.waiting).toBe(0);
});

describe('a source that is to be opened again', () => {
  it('is dropped with the reason and opened at once, and its viewers stay', async () => {
    const { channel, clock, watch, lines, told, opened, again, stop, kept } = stage([
      [head, toy('K', 'a')],
      'silence',
      [head, toy('K', 'b')],
    ]);
    await clock.advance(2000);
    expect(opened()).toBe(2);
    const { sink } = watch();
    again.now('somebody asked for it');
    await clock.advance(40);
    expect(opened()).toBe(3);
    expect(told).toContainEqual(expect.objectContaining({ message: 'somebody asked for it' }));
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'source dropped', reason: 'somebody asked for it' }));
    expect(channel.viewers).toBe(1);
    expect(sink.text).toContain('b');
    stop();
    await kept;
  });

  it('shows why, until it is there again', async () => {
    const { channel, again, stop, kept } = stage(['silence', 'silence']);
    await settle();
    again.now('somebody asked for it');
    await settle();
    expect(channel.status().source).toMatchObject({ lastError: 'somebody asked for it' });
    stop();
    await kept;
  });

  it('does not wait for the end of a pause', async () => {
    const { clock, opened, again, stop, kept } = stage([new PumpError('upstream failed', 'no'), 'silence']);
    await settle();
    expect(opened()).toBe(1);
    again.now('somebody asked for it');
    await settle();
    expect(opened()).toBe(2);
    await clock.advance(60_000);
    stop();
    await kept;
  });
});
