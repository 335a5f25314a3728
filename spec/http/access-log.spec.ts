import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AccessLogOptions, type HttpVisit, openAccessLog } from '../../src/http/access-log.ts';
import { begin } from '../support/run.ts';
import { clock, dial, feed, open, request, call, openHall } from './stage.ts';
import { newFolder } from '../support/folder.ts';
import { writtenLog } from '../support/log.ts';

const folder = newFolder(afterAll);

/** What programs that read access logs take the Combined format for. */
const COMBINED =
  /^(?<host>\S+) (?<ident>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>[^"]*)" (?<status>\d{3}) (?<bytes>\d+) "(?<referer>[^"]*)" "(?<agent>[^"]*)"$/;

const visit: HttpVisit = {
  reason: 'left',
  address: '192.0.2.7',
  agent: 'NSPlayer/12.0',
  wire: 'mmsh',
  seconds: 61,
  bytes: 123_456,
  skips: 0,
  stream: 'hall',
  method: 'GET',
  url: '/streams/hall?burst=5s',
  httpVersion: '1.0',
  referer: '',
};

async function logTo(name: string, format: AccessLogOptions['format'] = 'combined') {
  const file = name.startsWith('/') ? name : join(folder, name);
  const { log, lines: told } = writtenLog();
  const access = await openAccessLog({ file, format }, { log, clock });
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    const closed = access.close();
    await clock.advance(1000);
    await closed;
  };
  onTestFinished(close);
  const lines = async () => {
    await close();
    return (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  };
  return { ...access, file, told, lines };
}

describe('the access log', () => {
  it('has a line in Combined format for a viewer that has left, with its name, bytes and time', async () => {
    const log = await logTo('viewer.log');
    const hall = feed('hall', { watch: { users: { 'ann b': 'secret' } } });
    const { port, lines } = await open([hall], { visited: log.write });
    hall.live();
    await hall.send('12345');
    const viewer = await dial(port);
    const Authorization = `Basic ${Buffer.from('ann b:secret').toString('base64')}`;
    const headers = { Authorization, 'User-Agent': 'curl/8', Referer: 'https://example.org/?token=s3cret' };
    viewer.say(request('GET /streams/Hall?burst=0s', headers));
    await viewer.until('12345');
    viewer.socket.destroy();
    await expect.poll(() => hall.channel.viewers).toBe(0);
    expect(lines.find(({ msg }) => msg === 'viewer came')).toMatchObject({ stream: 'hall', user: 'ann b' });
    const [line = '', ...others] = await log.lines();
    expect(others).toEqual([]);
    expect(COMBINED.exec(line)?.groups).toEqual({
      host: '127.0.0.1',
      ident: '-',
      user: String.raw`ann\x20b`,
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/20\d\d:\d\d:\d\d:\d\d \+0000$/),
      request: 'GET /streams/Hall?burst=0s HTTP/1.1',
      status: '200',
      bytes: '15',
      referer: 'https://example.org/?token=***',
      agent: 'curl/8',
    });
  });

  it('says nothing of requests that are no viewers', async () => {
    const log = await logTo('others.log');
    const { hall, port } = await openHall({ visited: log.write });
    hall.live();
    for (const line of ['GET /healthz', 'HEAD /streams/hall', 'GET /streams/none', 'GET /streams/hall_push']) {
      const client = await call(port, line, { Connection: 'close' });
      await client.closed;
    }
    expect(await log.lines()).toEqual([]);
  });

  it.each([
    ['quotes', 'a" 200 1 "-" "b', String.raw`a\x22 200 1 \x22-\x22 \x22b`],
    ['backslashes', String.raw`a\\"b`, String.raw`a\x5C\x5C\x22b`],
    ['line ends', 'a\r\n192.0.2.1 - - [', String.raw`a\x0D\x0A192.0.2.1 - - [`],
    ['terminal sequences', '\u001b[2Jx\u009b', String.raw`\x1B[2Jx\x9B`],
    ['letters of other alphabets, a byte each', 'Ã¼', String.raw`\xC3\xBC`],
    ['nothing', '', '-'],
  ])('keeps in its field whatever agents send: %s', async (name, agent, written) => {
    const log = await logTo(`hostile ${name}.log`);
    log.write({ ...visit, agent, referer: agent, url: `/streams/x?${agent}` });
    const [line = '', ...others] = await log.lines();
    expect(others).toEqual([]);
    expect(COMBINED.exec(line)?.groups).toMatchObject({ agent: written, referer: written, status: '200' });
  });

  it('is a JSON object a line where that is wanted, with all that is known', async () => {
    const log = await logTo('json.log', 'json');
    log.write({ ...visit, user: 'ann', agent: 'a"\n', skips: 2 });
    const [line = ''] = await log.lines();
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/),
      stream: 'hall',
      address: '192.0.2.7',
      user: 'ann',
      agent: 'a"\n',
      method: 'GET',
      url: '/streams/hall?burst=5s',
      httpVersion: '1.0',
      status: 200,
      wire: 'mmsh',
      bytes: 123_456,
      seconds: 61,
      skips: 2,
      reason: 'left',
    });
  });

  it('loses nothing when its file is moved away and it is told to open it anew', async () => {
    const log = await logTo('moved.log');
    log.write({ ...visit, agent: 'first' });
    await expect.poll(() => readFile(log.file, 'utf8')).toContain('first');
    await rename(log.file, `${log.file}.1`);
    log.write({ ...visit, agent: 'second' });
    log.reopen();
    await expect.poll(() => readFile(log.file, 'utf8').catch(() => 'none yet')).toBe('');
    log.write({ ...visit, agent: 'third' });
    expect(await log.lines()).toEqual([expect.stringContaining('third')]);
    expect(await readFile(`${log.file}.1`, 'utf8')).toMatch(/first"\n.*second"\n$/);
  });

  it('on a disk that is full costs lines and nothing else, and says so', async () => {
    const log = await logTo('/dev/full');
    const agent = 'x'.repeat(1 << 20);
    for (let n = 0; n < 6; n++) log.write({ ...visit, agent });
    await expect.poll(async () => (await clock.advance(1000), log.told.length)).toBeGreaterThan(1);
    expect(log.told).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('lost lines'), count: 3, file: '/dev/full' }),
    );
    expect(log.told).toContainEqual(
      expect.objectContaining({ msg: 'access log cannot be written', reason: expect.stringContaining('ENOSPC') }),
    );
  });

  it('that cannot be written at all is noticed before anybody comes', async () => {
    await expect(logTo(join(folder, 'none', 'access.log'))).rejects.toThrow(/^the access log .* cannot be written$/);
  });

  it('is opened anew when the process hears SIGUSR2, and complete when it ends', async () => {
    const [config, file] = [join(folder, 'config.json'), join(folder, 'process.log')];
    const streams = [
      { path: 'film', type: 'file', url: new URL('../../demo/demo.webm', import.meta.url).pathname, loop: true },
    ];
    await writeFile(config, JSON.stringify({ http: { host: '127.0.0.1', port: 0 }, accessLog: { file }, streams }));
    const pump = begin(['serve', config]);
    onTestFinished(() => void pump.kill());
    const [said] = await once(pump.stdout, 'data');
    await rename(file, `${file}.1`);
    pump.kill('SIGUSR2');
    await expect.poll(() => readFile(file, 'utf8').catch(() => 'none yet')).toBe('');
    const [url = ''] = /http:\S+film/.exec(String(said)) ?? [];
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    pump.kill('SIGTERM');
    await once(pump, 'close');
    expect(await readFile(file, 'utf8')).toMatch(
      /^127\.0\.0\.1 - - .* "GET \/streams\/film HTTP\/1\.1" 200 \d{3,} "-" "node"\n$/,
    );
    expect(await readFile(`${file}.1`, 'utf8')).toBe('');
  });
});
