import { mkdtempSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Channel } from '../../src/channels/channel.ts';
import { containers } from '../../src/containers/index.ts';
import { canRemuxTo, ffmpegLine, inputOf } from '../../src/sources/ffmpeg-line.ts';
import { ffmpeg } from '../../src/sources/ffmpeg.ts';
import { keep } from '../../src/sources/keep.ts';
import { fakeFfmpeg } from '../support/fake-ffmpeg.ts';
import { failureOf, handMeans, reading, until } from '../support/origin.ts';
import { toyContainer } from '../support/toy.ts';
import { newFolder } from '../support/folder.ts';
import { writtenLog } from '../support/log.ts';
import { isThere } from '../support/stage.ts';

const folder = newFolder(afterAll);
const film = join(folder, 'film $(exit 1);"x".mp4');
writeFileSync(film, 'all of the film');

let restore: () => void;
beforeEach(() => (restore = fakeFfmpeg(join(folder, 'bin'))));
afterEach(() => (restore(), vi.unstubAllEnvs()));

function taking(input: string[], more: { loop?: boolean } = {}) {
  const { log, lines } = writtenLog({ level: 'debug', base: null });
  const means = handMeans({ log });
  const source = ffmpeg.create({ input, ...more }, means);
  const stop = new AbortController();
  return { source, means, lines, stop, open: () => source.open(stop.signal) };
}

async function told(input: string): Promise<unknown> {
  return failureOf(taking(['-i', input]).open());
}

describe('a file that FFmpeg copies', () => {
  it('is taken whole and ahead of time, whatever it is called, and is over then', async () => {
    const { source, open } = taking(['-i', `file:${film}`]);
    const feed = await open();
    expect(feed).toMatchObject({ ahead: true, from: film, says: 'matroska' });
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen).toMatchObject({ text: 'all of the film', ended: true });
    expect(source.afterwards).toBe('finish');
  });

  it('begins again where it is a loop', async () => {
    const { source, open } = taking(['-i', film], { loop: true });
    await reading((await open()).bytes).finished;
    expect(source.afterwards).toBe('repeat');
  });

  it('is not paced twice', async () => {
    expect((await taking(['-re', '-i', film]).open()).ahead).toBe(false);
  });
});

describe('anything else that FFmpeg opens', () => {
  it('is taken as it comes, and opened again at its end', async () => {
    const { source, open } = taking(['-f', 'x11grab', '-i', 'arguments', '-c:v', 'libx264']);
    const feed = await open();
    expect(feed).toMatchObject({ ahead: false, from: 'arguments' });
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(JSON.parse(seen.text).join(' ')).toMatch(/ -f x11grab -i arguments .*-c:v libx264 -f matroska .*pipe:1$/);
    expect(source.afterwards).toBe('reopen');
  });

  it('may be named alone', async () => {
    const seen = reading((await taking(['arguments']).open()).bytes);
    await seen.finished;
    expect(JSON.parse(seen.text).join(' ')).toContain(' -i arguments ');
  });

  it('goes by way of MP4 where its AAC would not go into Matroska', async () => {
    const { lines, open } = taking(['-i', 'unset']);
    const seen = reading((await open()).bytes);
    await seen.finished;
    expect(seen).toMatchObject({ text: 'by way of MP4', ended: true });
    expect(lines.filter(({ msg }) => msg === 'ffmpeg complains').map(({ said }) => said)).not.toContain('');
  });

  it('is opened again when FFmpeg dies, and its viewers stay', async () => {
    const { source, means, stop } = taking(['-i', 'mortal']);
    const limits = { backlogBytes: 100_000, delayMs: 0, slow: 'skip', graceMs: 30_000 } as const;
    const channel = new Channel({ limits, clock: means.clock, log: means.log });
    const kept = keep(() => ({ source, container: toyContainer }), channel, means, stop.signal);
    await until(() => channel.status().state === 'lost');
    expect(channel.status().source.lastError).toBe('ffmpeg broke off with mortal: it was ended by SIGKILL');
    await means.clock.advance(1300);
    await until(() => channel.status().source.restarts === 1);
    stop.abort();
    await kept;
    channel.close();
  });
});

describe('what cannot be', () => {
  it('is told in a sentence with its own reason, without passwords', async () => {
    const error = await told('unopenable');
    expect(error).toMatchObject({
      code: 'upstream failed',
      message:
        'ffmpeg cannot open unopenable: moov atom not found; rtsp://camera/x: Invalid data found when processing input',
    });
  });

  it('is told where there is nothing in it', async () => {
    expect(await told('empty')).toMatchObject({ message: 'ffmpeg finds nothing to send in empty' });
    expect(await told('header')).toMatchObject({ message: 'ffmpeg finds nothing to send in header' });
  });

  it.each([
    ['a bare system', []],
    ['a system that ends children with us', ['setpriv']],
  ])('is told where FFmpeg is not installed, on %s', async (_, programs) => {
    const path = mkdtempSync(join(folder, 'path-'));
    mkdirSync(path, { recursive: true });
    for (const program of programs)
      symlinkSync(execFileSync('which', [program]).toString().trim(), join(path, program));
    vi.stubEnv('PATH', path);
    expect(await told('arguments')).toMatchObject({ message: expect.stringMatching(/^ffmpeg is not installed: /) });
  });

  it('is told when nothing comes for a minute', async () => {
    const { means, open } = taking(['-i', 'mute']);
    const failing = failureOf(open());
    await until(() => means.clock.waiting > 1);
    await means.clock.advance(60_000);
    expect(await failing).toMatchObject({ message: 'ffmpeg has sent nothing of mute for 60 s' });
  });

  it.each([[[]], [['-i']], [['-f', 'x11grab']], [['-version']], [Array(65).fill('-i')], ['film.mp4'], [['a\0b']]])(
    'is no input: %j',
    (input) => expect(ffmpeg.schema.safeParse({ input }).success).toBe(false),
  );
});

describe('what FFmpeg says', () => {
  it('is counted and cut in the log, however much it is', async () => {
    const { means, lines, stop, open } = taking(['-i', 'chatty']);
    await open();
    const warned = () => lines.filter(({ msg }) => msg === 'ffmpeg warns');
    const heard = () => warned().reduce((sum, { count }) => sum + Number(count), 0);
    while (heard() < 5000) await means.clock.advance(1000);
    // Each line of ours is a second's worth of its.
    expect(warned().length).toBeLessThanOrEqual(means.clock.now() / 1000);
    expect(String(warned().at(-1)?.['said']).length).toBeLessThan(600);
    stop.abort();
  });
});

describe('FFmpeg itself', () => {
  it('is ended by force when it does not hear', async () => {
    const { means, stop, open } = taking(['-i', 'stubborn']);
    const seen = reading((await open()).bytes);
    await until(() => seen.text !== '');
    const pid = Number(seen.text);
    stop.abort();
    await seen.finished;
    expect(isThere(pid)).toBe(true);
    await means.clock.advance(1000);
    await until(() => !isThere(pid));
  });

  it('is opened again only when it has gone, since it may hold a camera', async () => {
    const { source, means, open } = taking(['-i', 'stubborn']);
    const first = await open();
    const seen = reading(first.bytes);
    await until(() => seen.text !== '');
    await first.bytes[Symbol.asyncIterator]().return?.();
    let opened = false;
    const again = source.open(new AbortController().signal).finally(() => (opened = true));
    // Others are opened, used and over meanwhile.
    for (const _ of [1, 2]) await reading((await taking(['arguments']).open()).bytes).finished;
    expect(opened).toBe(false);
    const pid = Number(seen.text);
    await means.clock.advance(1000);
    const second = reading((await again).bytes);
    await until(() => second.text !== '');
    expect(isThere(pid)).toBe(false);
    process.kill(Number(second.text), 'SIGKILL');
    await second.finished;
  });
});

describe('the command line', () => {
  const line = async (args: string[], container = 'matroska') =>
    ffmpegLine(args, await inputOf(args), container)
      .join(' ')
      .replace(/^.* pipe:3 /, '');

  it('copies what is not named', async () => {
    expect(await line(['-i', 'x'])).toMatch(/^-i x -sn -c:v copy -c:a copy -f matroska -live 1 /);
    expect(await line(['-c:v', 'h264', '-i', 'x', '-c:v', 'libx264'])).toMatch(
      /^-c:v h264 -i x -sn -c:a copy -c:v libx264 -f matroska /,
    );
    expect(await line(['-i', 'x', '-codec', 'libx264'])).toMatch(/^-i x -sn -codec libx264 -f /);
  });

  it('takes the tracks of a file without its cover picture, unless others are named', async () => {
    expect(await line(['-i', film])).toContain(` -map 0:V:0? -map 0:a? -sn -c:v copy `);
    expect(await line(['-i', film, '-map', '0'])).not.toMatch(/0:V|-sn/);
    expect(await line(['-i', film, '-i', film])).not.toContain('0:V');
    expect(await line(['-i', 'x', '-c:s', 'ass'])).not.toContain('-sn');
  });

  it('can write every container that there is', () => {
    expect(containers.map(({ name }) => name).filter((name) => !canRemuxTo(name))).toEqual([]);
  });
});
