import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { PumpError } from '../../src/errors.ts';
import { file } from '../../src/sources/file.ts';
import { heapUsed } from '../support/heap.ts';
import { failureOf, handMeans, reading, serving, until } from '../support/origin.ts';
import { newFolder } from '../support/folder.ts';
import { freePort } from '../support/stage.ts';

const folder = newFolder(afterAll);
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const at = (name: string) => join(folder, name);

function taking(url: string, loop?: boolean) {
  const told: Record<string, unknown>[] = [];
  const means = handMeans({ log: pino({ base: null }, { write: (line: string) => void told.push(JSON.parse(line)) }) });
  const source = file.create({ url, ...(loop === undefined ? {} : { loop }) }, means);
  const stop = new AbortController();
  opened.push({ close: () => stop.abort() });
  const lines = (msg: string) => told.filter((line) => line['msg'] === msg);
  return { source, means, lines, stop, open: (signal = stop.signal) => source.open(signal) };
}

async function told(url: string): Promise<string> {
  const error = await failureOf(taking(url).open());
  expect(error).toBeInstanceOf(PumpError);
  return (error as PumpError).message;
}

/** Calls until somebody listens. */
function call(to: NetConnectOpts): Promise<Socket> {
  return new Promise((resolve) => {
    const attempt = () => {
      const socket: Socket = connect(to, () => resolve(socket));
      socket.once('error', () => setImmediate(attempt));
      opened.push({ close: () => socket.destroy() });
    };
    attempt();
  });
}

/** Linux tells which files this process has open. */
function openFiles(): string[] {
  const fds = process.platform === 'linux' ? readdirSync('/proc/self/fd') : [];
  return fds.flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

describe('a plain file', () => {
  it('is taken whole, ahead of time, and once', async () => {
    writeFileSync(at('film'), Buffer.alloc(200_000, 'x'));
    const { source, open } = taking(at('film'));
    const feed = await open();
    expect(feed).toMatchObject({ ahead: true, from: at('film') });
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen.text).toHaveLength(200_000);
    expect(source.afterwards).toBe('finish');
  });

  it('begins again where it is a loop', async () => {
    writeFileSync(at('loop'), 'x');
    const { source, open } = taking(at('loop'), true);
    await reading((await open()).bytes).finished;
    expect(source.afterwards).toBe('repeat');
  });

  it('is found by its URL', async () => {
    writeFileSync(at('a film'), 'x');
    expect(await taking(pathToFileURL(at('a film')).href).open()).toMatchObject({ from: at('a film') });
  });

  it('says in a sentence why it cannot be opened', async () => {
    writeFileSync(at('empty'), '');
    expect(await told(at('nowhere'))).toBe(`${at('nowhere')} does not exist`);
    expect(await told(folder)).toBe(`${folder} is a directory, not a stream`);
    expect(await told(at('empty'))).toBe(`${at('empty')} is empty`);
    expect(await told('/dev/zero')).toMatch(/is a device/);
    expect(openFiles().filter((path) => path === folder || path === '/dev/zero')).toEqual([]);
    const socket = await serving(createServer(), [], at('a.sock'));
    opened.push(socket);
    expect(await told(at('a.sock'))).toMatch(/is a socket: write it as 'unix:PATH'/);
  });

  it('is tried again after a pause while it is missing, loop or not', async () => {
    const { source, open } = taking(at('later'), true);
    await failureOf(open());
    expect(source.afterwards).toBe('reopen');
  });
});

describe.skipIf(process.platform === 'win32')('a fifo', () => {
  const fifo = (name: string) => {
    execFileSync('mkfifo', [at(name)]);
    return at(name);
  };

  it('is waited for without taking threads away from others', async () => {
    // More than the threads of the pool: had each taken one, the file could not be read.
    const many = Array.from({ length: 8 }, (_, n) => taking(fifo(`many-${n}`)));
    const openings = many.map(({ open }) => failureOf(open()));
    writeFileSync(at('beside'), 'still there');
    const seen = reading((await taking(at('beside')).open()).bytes);
    await seen.finished;
    expect(seen.text).toBe('still there');
    many.forEach(({ stop }) => stop.abort());
    expect(await Promise.all(openings)).toHaveLength(8);
  });

  it('is live, ends with its writer, and waits for the next', async () => {
    const path = fifo('twice');
    const { source, open } = taking(path);
    for (const text of ['one', 'two']) {
      const opening = open();
      createWriteStream(path).end(text);
      const feed = await opening;
      expect(feed.ahead).toBe(false);
      const seen = reading(feed.bytes);
      await seen.finished;
      expect(seen.text).toBe(text);
      expect(source.afterwards).toBe('wait');
    }
  });

  it('that is gone is looked for again after a pause', async () => {
    const path = fifo('gone');
    const { source, open } = taking(path);
    const opening = open();
    createWriteStream(path).end('bytes');
    await reading((await opening).bytes).finished;
    rmSync(path);
    await failureOf(open());
    expect(source.afterwards).toBe('reopen');
  });

  it('goes on waiting when a writer leaves without a byte', async () => {
    const path = fifo('shy');
    const { means, open } = taking(path);
    const opening = open();
    await new Promise((resolve) => createWriteStream(path).end(resolve));
    await until(() => means.clock.waiting === 1);
    await means.clock.advance(100);
    createWriteStream(path).end('bytes');
    const seen = reading((await opening).bytes);
    await seen.finished;
    expect(seen.text).toBe('bytes');
  });
});

describe('a socket that is called', () => {
  it('is tried again after a pause', async () => {
    const server = await serving(createServer((socket) => socket.end('bytes')));
    opened.push(server);
    const { source, open } = taking(`tcp://${server.host}`);
    const feed = await open();
    expect(feed).toMatchObject({ from: server.host });
    expect(feed.ahead ?? false).toBe(false);
    await reading(feed.bytes).finished;
    expect(source.afterwards).toBe('reopen');
  });

  it('says in a sentence that nobody is there', async () => {
    const port = await freePort();
    expect(await told(`tcp://127.0.0.1:${port}`)).toBe(
      `127.0.0.1:${port} refuses the connection: nothing listens there`,
    );
    expect(await told(`unix:${at('none.sock')}`)).toBe(`${at('none.sock')} does not exist`);
  });
});

describe('a socket that is listened on', () => {
  const listened = async () => {
    const port = await freePort();
    const to = { port, host: '127.0.0.1' };
    return { ...taking(`tcp://127.0.0.1:${port}?listen`), to, port };
  };
  /** Calls where somebody listens, once. */
  const caller = async (to: NetConnectOpts) => {
    const socket = connect(to);
    opened.push({ close: () => socket.destroy() });
    const failed = new Promise<string | undefined>((resolve) => {
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    });
    await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), failed]);
    return { socket, failed };
  };

  it('takes one caller after the other: a second waits for his turn with all that he has sent', async () => {
    const { source, open, to } = await listened();
    const opening = open();
    const first = await call(to);
    const feed = await opening;
    expect(feed.from).toBe(`127.0.0.1:${first.localPort}`);
    const seen = reading(feed.bytes);
    const second = await call(to);
    second.end('second');
    first.end('first');
    await seen.finished;
    expect(seen).toMatchObject({ text: 'first', error: undefined });
    expect(source.afterwards).toBe('wait');
    const next = await open();
    expect(next.from).toBe(`127.0.0.1:${second.localPort}`);
    const after = reading(next.bytes);
    await after.finished;
    expect(after.text).toBe('second');
  });

  it('hears callers at any moment between one and the next', async () => {
    const { open, to } = await listened();
    const opening = open();
    (await call(to)).end('first');
    await reading((await opening).bytes).finished;
    (await caller(to)).socket.end('second');
    const seen = reading((await open()).bytes);
    await seen.finished;
    expect(seen.text).toBe('second');
  });

  it('resets who has waited for half a minute, and who waits when a newer one comes', async () => {
    const { open, to, means, lines } = await listened();
    const opening = open();
    await call(to);
    await opening;
    const older = await caller(to);
    await until(() => lines('caller waits: another one is sending').length === 1);
    const newer = await caller(to);
    expect(await older.failed).toBe('ECONNRESET');
    await means.clock.advance(29_000);
    expect(lines('caller refused')).toHaveLength(1);
    await means.clock.advance(1000);
    expect(await newer.failed).toBe('ECONNRESET');
    expect(lines('caller refused').map((line) => line['reason'])).toEqual([
      'a newer one waits instead',
      'another one was sending for 30 s',
    ]);
  });

  it('keeps who waits when the one who was there is given up for his silence, and nobody when the stream is stopped', async () => {
    const { open, to, stop, lines } = await listened();
    const silent = new AbortController();
    const opening = open(silent.signal);
    await call(to);
    const seen = reading((await opening).bytes);
    const second = await call(to);
    await until(() => lines('caller waits: another one is sending').length === 1);
    silent.abort(new PumpError('stalled', 'nothing came'));
    await seen.finished;
    const feed = await open();
    expect(feed.from).toBe(`127.0.0.1:${second.localPort}`);
    const third = await caller(to);
    stop.abort(new PumpError('stopping', 'over'));
    expect(await third.failed).toBe('ECONNRESET');
  });

  it('listens no longer when nobody wants the next caller', async () => {
    const { open, to, means } = await listened();
    const opening = open();
    (await call(to)).end('first');
    await reading((await opening).bytes).finished;
    await means.clock.advance(1000);
    expect(await (await caller(to)).failed).toBe('ECONNREFUSED');
  });

  it('is free again when the stream is stopped', async () => {
    const port = await freePort();
    const { open, stop } = taking(`tcp://127.0.0.1:${port}?listen`);
    const failing = failureOf(open());
    stop.abort();
    await failing;
    const { open: again } = taking(`tcp://127.0.0.1:${port}?listen`);
    const opening = again();
    await call({ port, host: '127.0.0.1' });
    expect(await opening).toBeDefined();
  });

  it('says in a sentence that the port is taken, and is tried again after a pause', async () => {
    const server = await serving(createServer());
    opened.push(server);
    const { source, open } = taking(`tcp://${server.host}?listen`);
    const error = await failureOf(open());
    expect(error).toMatchObject({ message: `${server.host} is already listened on by another program` });
    expect(source.afterwards).toBe('reopen');
  });

  it('takes the place of a Unix socket that a killed process left behind, and of none that is alive', async () => {
    const path = at('left.sock');
    const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', code], { stdio: 'ignore' })).toThrow();
    const { open, stop } = taking(`unix:${path}?listen`);
    const opening = open();
    const socket = await call({ path });
    await opening;
    expect(await told(`unix:${path}?listen`)).toMatch(/already listened on/);
    stop.abort();
    await new Promise((resolve) => socket.once('close', resolve).resume());
  });
});

describe('stdin', () => {
  const real = process.stdin;
  const replace = (stdin: unknown) => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  afterEach(() => replace(real));

  it('is taken to its end, once', async () => {
    const pipe = new PassThrough();
    replace(pipe);
    const { source, open } = taking('-');
    const feed = await open();
    expect(feed).toMatchObject({ from: 'stdin', ahead: false });
    const seen = reading(feed.bytes);
    pipe.write('one ');
    await until(() => seen.text === 'one ');
    pipe.end('two');
    await seen.finished;
    expect(seen).toMatchObject({ text: 'one two', ended: true });
    expect(source.afterwards).toBe('finish');
    expect(await told('-')).toBe('stdin has ended');
  });

  it('goes on where it was left when it is opened again', async () => {
    const pipe = new PassThrough();
    replace(pipe);
    const { open, stop } = taking('-');
    const before = reading((await open()).bytes);
    pipe.write('before');
    await until(() => before.text === 'before');
    stop.abort(new Error('silent for too long'));
    await before.finished;
    expect(before.error).toMatchObject({ message: 'silent for too long' });
    expect(pipe.destroyed).toBe(false);
    expect(pipe.listenerCount('readable')).toBe(0);
    const after = reading((await taking('-').open()).bytes);
    pipe.end('after');
    await after.finished;
    expect(after.text).toBe('after');
  });

  it('can be read for months: nothing is left of what was waited for', async () => {
    const pipe = new PassThrough();
    replace(pipe);
    const feed = await taking('-').open();
    const bytes = feed.bytes[Symbol.asyncIterator]();
    const chunks = async () => {
      for (let n = 0; n < 20_000; n++) {
        const next = bytes.next();
        pipe.write('x');
        await next;
      }
    };
    await chunks();
    const before = heapUsed();
    await chunks();
    // AbortSignal.any() leaves an entry of 50 bytes each time: 200 MB a day.
    expect(heapUsed() - before).toBeLessThan(1 << 19);
  });

  it('is as good as a file where it is one', async () => {
    writeFileSync(at('stdin'), 'all');
    replace(createReadStream(at('stdin')));
    const feed = await taking('-').open();
    expect(feed.ahead).toBe(true);
    const seen = reading(feed.bytes);
    await seen.finished;
    expect(seen.text).toBe('all');
  });

  it('is refused when it is a terminal', async () => {
    replace(Object.assign(new PassThrough(), { isTTY: true }));
    expect(await told('-')).toMatch(/stdin is a terminal/);
  });
});
