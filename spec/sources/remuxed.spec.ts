import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { file } from '../../src/sources/file.ts';
import { pull } from '../../src/sources/pull.ts';
import { asf } from '../support/asf.ts';
import { fakeFfmpeg } from '../support/fake-ffmpeg.ts';
import { failureOf, handMeans, origin, reading } from '../support/origin.ts';
import { newFolder } from '../support/folder.ts';

const folder = newFolder(afterAll);
const path = join(folder, 'film');
const known = asf().video(1).header();

let restore: () => void;
const opened: { close(): unknown }[] = [];
beforeEach(() => (restore = fakeFfmpeg(join(folder, 'bin'))));
afterEach(async () => {
  restore();
  for (const one of opened.splice(0)) await one.close();
});

const signal = new AbortController().signal;

describe('a file', () => {
  const source = () => file.create({ url: path, remux: true }, handMeans());

  it('of a known container goes through as it is, whatever it is called', async () => {
    writeFileSync(path, known);
    const feed = await source().open(signal);
    expect(feed).toMatchObject({ ahead: true, from: path });
    expect(feed.says).toBeUndefined();
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen.text).toBe(known.toString('latin1'));
  });

  it('of any other is opened by FFmpeg itself, and is a file still', async () => {
    writeFileSync(path, 'no container');
    const remuxed = source();
    const feed = await remuxed.open(signal);
    expect(feed).toMatchObject({ ahead: true, anew: `file:${path}`, says: 'matroska' });
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen).toMatchObject({ text: 'no container', ended: true });
    expect(remuxed.afterwards).toBe('finish');
  });

  it('that is a playlist is live', async () => {
    writeFileSync(path, '#EXTM3U\n');
    const remuxed = source();
    const feed = await remuxed.open(signal);
    expect(feed).toMatchObject({ ahead: true, says: 'matroska' });
    expect(feed.anew).toBeUndefined();
    await reading(feed.bytes).finished;
    expect(remuxed.afterwards).toBe('reopen');
  });
});

describe('stdin', () => {
  const real = process.stdin;
  const replace = (stdin: unknown) => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  afterEach(() => replace(real));

  it('of no known container is handed to FFmpeg, every byte of it', async () => {
    const pipe = new PassThrough();
    replace(pipe);
    const source = file.create({ url: '-', remux: true, paced: true }, handMeans());
    const opening = source.open(signal);
    pipe.write('no container');
    const feed = await opening;
    expect(feed).toMatchObject({ from: 'stdin', ahead: true, says: 'matroska' });
    const seen = reading(feed.bytes);
    pipe.end(' and more');
    await seen.finished;
    expect(seen).toMatchObject({ text: 'no container and more', ended: true });
    expect(source.afterwards).toBe('finish');
  });
});

describe('an address', () => {
  async function at(body: string | Buffer, headers: Record<string, string> = {}) {
    const server = await origin((_request, response) => {
      response.writeHead(200, headers);
      response.flushHeaders();
      response.end(body);
    });
    opened.push(server);
    return pull.create({ url: `http://${server.host}/x`, remux: true }, handMeans());
  }

  it('that has a length is a file, which is taken ahead of time', async () => {
    const source = await at(known, { 'Content-Length': `${known.length}` });
    expect(await source.open(signal)).toMatchObject({ ahead: true, anew: expect.stringMatching(/^http:.*x$/) });
  });

  it('without one is live, and handed to FFmpeg as it comes', async () => {
    const source = await at('no container, but live');
    const feed = await source.open(signal);
    expect(feed).toMatchObject({ ahead: false });
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen).toMatchObject({ text: 'no container, but live', ended: true });
    expect(source.afterwards).toBe('reopen');
  });

  it('of a playlist is left to FFmpeg, and no file', async () => {
    // It opens the address; this one in our place cannot, and says so.
    const source = await at('#EXTM3U\n#EXT-X-VERSION:3\n', { 'Content-Length': '25' });
    expect(await failureOf(source.open(signal))).toMatchObject({ message: expect.stringMatching(/^ffmpeg .*http:/) });
    expect(source.afterwards).toBe('reopen');
  });
});
