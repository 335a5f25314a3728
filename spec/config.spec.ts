import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { certificateFiles, makeCertificate, writeCertificate } from '../src/certificate.ts';
import { judge } from '../src/config.ts';
import { newFolder } from './support/folder.ts';

const folder = newFolder(afterAll);
afterEach(() => vi.unstubAllEnvs());

const push = { path: 'hall', type: 'push' };

function config(written: unknown) {
  const judged = judge(written);
  if ('mistakes' in judged) throw new Error(judged.mistakes.join('\n'));
  return judged.config;
}

function mistakes(written: unknown): readonly string[] {
  const judged = judge(written);
  return 'mistakes' in judged ? judged.mistakes : [];
}

/** The mistakes of a stream, without `streams[0].` before each. */
const ofStream = (stream: object) =>
  mistakes({ streams: [{ ...push, ...stream }] }).map((line) => line.replace('streams[0].', ''));

describe('what is not said', () => {
  test('a stream with a path and a type is enough', () => {
    expect(config({ streams: [push] })).toEqual({
      http: { host: '::', port: 8086 },
      workers: 0,
      trustProxy: [],
      streams: [
        {
          path: 'hall',
          type: 'push',
          enabled: true,
          watch: {},
          publish: { takeover: false },
          limits: {
            viewers: 10_000,
            backlogBytes: 8 << 20,
            burstMs: 2000,
            delayMs: 200,
            slow: 'skip',
            graceMs: 30_000,
            attachmentBytes: 1 << 20,
            dropNull: false,
          },
        },
      ],
    });
  });

  test('who names https alone gets no plain HTTP', () => {
    const { http, https } = config({ https: { selfSigned: true }, streams: [push] });
    expect(http).toBeUndefined();
    expect(https).toEqual({ host: '::', port: 8089, certificate: 'self-signed' });
  });

  test('a proxy may be a URL alone', () => {
    const { proxy } = config({ proxy: 'http://proxy.example:8080', streams: [push] });
    expect(proxy).toEqual({ url: 'http://proxy.example:8080', bypass: [] });
  });
});

describe('limits', () => {
  test('are written with units or as milliseconds and bytes', () => {
    const limits = {
      stall: '5s',
      grace: 1500,
      backlog: '1 MiB',
      delay: '50ms',
      burst: 0,
      viewers: 5,
      slow: 'disconnect',
    };
    expect(config({ streams: [{ ...push, limits }] }).streams[0]?.limits).toEqual({
      viewers: 5,
      backlogBytes: 1 << 20,
      burstMs: 0,
      delayMs: 50,
      slow: 'disconnect',
      stallMs: 5000,
      graceMs: 1500,
      attachmentBytes: 1 << 20,
      dropNull: false,
    });
  });

  test('a stall of 15 without a unit, meant as seconds, is noticed', () => {
    expect(ofStream({ limits: { stall: 15 } })).toEqual([
      "limits.stall: expected a time from 1s to 1h such as '15s' (a bare number is milliseconds), got 15",
    ]);
  });
});

describe('mistakes', () => {
  test('are all told at once, each with its path, in the order of the streams', () => {
    const many = {
      http: { port: 80_860 },
      trustProxy: ['10.0.0.0/40'],
      streams: [
        { path: 'a b', type: 'push' },
        { path: 'x', type: 'pull', url: 5 },
        { path: 'y', type: 'file', url: 'a.asf', limits: { slow: 'hurry' } },
        { type: 'push' },
        'nonsense',
      ],
    };
    expect(mistakes(many).map((line) => line.split(': ', 1)[0])).toEqual([
      'http.port',
      'streams[0].path',
      'streams[1].url',
      'streams[2].limits.slow',
      'streams[3].path',
      'streams[4]',
      'trustProxy[0]',
    ]);
    expect(mistakes(many)[0]).toBe('http.port: expected a port from 0 to 65535, got 80860');
  });

  test.each([
    ['nothing', undefined],
    ['a list', []],
    ['text', 'streams'],
    ['a number', 3],
    ['null', null],
    ['streams that are no list', { streams: {} }],
    ['no streams', { streams: [] }],
  ])('%s is no configuration', (_, written) => {
    expect(mistakes(written)).toHaveLength(1);
  });

  test('a key that nobody knows is told, with the nearest that is known', () => {
    expect(ofStream({ wacth: {} })).toEqual(["wacth: an unknown key; did you mean 'watch'?"]);
    expect(mistakes({ streams: [push], htps: {} })).toEqual(["htps: an unknown key; did you mean 'https'?"]);
    expect(ofStream({ limits: { stal: '1s' } })).toEqual(["limits.stal: an unknown key; did you mean 'stall'?"]);
    expect(ofStream({ xyzzy: 1 })[0]).toMatch(/^xyzzy: an unknown key; known are path, title, /);
  });

  test('a slip in a value that has two forms is told where it is', () => {
    const all = { streams: [push] };
    expect(mistakes({ ...all, proxy: { ulr: 'http://p:1', url: 'http://p:1' } })).toEqual([
      "proxy.ulr: an unknown key; did you mean 'url'?",
    ]);
    expect(mistakes({ ...all, proxy: 'p:80' })).toEqual([
      expect.stringMatching(/^proxy: expected a URL such as .*, or/),
    ]);
    const input = 'rtsp://camera.example/stream';
    expect(ofStream({ type: 'ffmpeg', input })).toEqual([
      expect.stringMatching(/^input: expected a list of 1 to 64 arguments .*, such as \['rtsp:[^]*, got 'rtsp:/),
    ]);
  });

  test('a type that nobody knows does not hide the other mistakes of its stream', () => {
    expect(mistakes({ streams: [{ path: 'a b', type: 'pul', limits: { stall: 1 } }] })).toEqual([
      expect.stringMatching(/^streams\[0\]\.limits\.stall: expected a time/),
      expect.stringMatching(/^streams\[0\]\.path: expected letters/),
      "streams[0].type: expected one of 'pull', 'push', 'file', 'ffmpeg', 'multicast', got 'pul'; did you mean 'pull'?",
    ]);
  });

  test('a thousand of them are cut', () => {
    const streams = Array.from({ length: 1000 }, (_, n) => ({ path: `!${n}`, type: 'push' }));
    expect(mistakes({ streams })).toHaveLength(51);
    expect(mistakes({ streams }).at(-1)).toBe('and 950 more');
  });

  test.each([
    ['pull', 'rtsp://camera/', "rtsp: is for type: 'ffmpeg', as input: ['…'], where FFmpeg is installed"],
    ['pull', 'rtmp://a/b', "rtmp: is for type: 'ffmpeg', as input: ['…'], where FFmpeg is installed"],
    ['pull', 'srt://a:1', "srt: is for type: 'ffmpeg', as input: ['…'], where FFmpeg is installed"],
    ['pull', 'udp://239.0.0.1:1', "udp: is for type: 'multicast'"],
    ['pull', 'tcp://a:1', "tcp: is for type: 'file'"],
    ['file', 'http://a/b', "http: is for type: 'pull'"],
    ['multicast', 'rtsp://camera/', "rtsp: is for type: 'ffmpeg', as input: ['…'], where FFmpeg is installed"],
  ])('an address that a %s does not take says whose it is: %s', (type, url, hint) => {
    expect(mistakes({ streams: [{ path: 'x', type, url }] })).toEqual([
      expect.stringMatching(/^streams\[0\]\.url: expected a.*, got /),
    ]);
    expect(mistakes({ streams: [{ path: 'x', type, url }] })[0]).toContain(`; ${hint}, got '${url}'`);
  });

  test('an address that is nobody’s is not given to anybody', () => {
    expect(mistakes({ streams: [{ path: 'x', type: 'pull', url: ['http:/a'] }] })).toEqual([
      expect.stringMatching(/^streams\[0\]\.url\[0\]: expected an address such as [^;]*, got 'http:\/a'$/),
    ]);
  });

  test('what makes no sense for a type is no key of it', () => {
    expect(ofStream({ onDemand: true })).toEqual(['onDemand: a push stream is opened by who pushes']);
    expect(mistakes({ streams: [{ path: 'x', type: 'pull', url: 'http://a/', publish: {} }] })).toEqual([
      "streams[0].publish: only a stream of type 'push' can be published to",
    ]);
  });
});

describe('paths', () => {
  test.each(['', '/', 'a/', '/a', 'a//b', 'a.b', 'ä', 'a b', '..', 'a'.repeat(201)])('%.20j is none', (path) => {
    expect(ofStream({ path })).toHaveLength(1);
  });

  test.each(['a', 'A_1-b', 'a/b/c'])('%s is one', (path) => {
    expect(ofStream({ path })).toEqual([]);
  });

  test('two streams of one path are a mistake, in whatever case', () => {
    expect(mistakes({ streams: [push, { ...push, path: 'HALL' }] })).toEqual([
      "streams[1].path: expected a path of its own, got 'HALL', which is streams[0]'s",
    ]);
  });

  test("a stream that would lie on another's push address is a mistake", () => {
    expect(mistakes({ streams: [{ ...push, path: 'hall_Push' }, push] })).toEqual([
      "streams[0].path: expected another path, got 'hall_Push', which is where encoders push streams[1] to",
    ]);
  });

  test('two streams that would share stdin are a mistake', () => {
    const piped = { type: 'file', url: '-' };
    const streams = [
      { ...piped, path: 'off', enabled: false },
      { ...piped, path: 'a' },
      { ...piped, path: 'b' },
    ];
    expect(mistakes({ streams })).toEqual([
      "streams[2].url: expected another source, got '-', stdin, which streams[1] reads",
    ]);
  });

  test('a stream that is switched off is in nobody’s way', () => {
    expect(mistakes({ streams: [push, { ...push, enabled: false }] })).toEqual([]);
  });
});

describe('listeners', () => {
  const listening = (http: object, https: object) =>
    mistakes({ http, https: { selfSigned: true, ...https }, streams: [push] });

  test.each([
    [{}, { port: 8086 }],
    [{ port: 8089 }, {}],
    [
      { host: '127.0.0.1', port: 80 },
      { host: '127.0.0.1', port: 80 },
    ],
    [{ host: '127.0.0.1', port: 80 }, { port: 80 }],
    [
      { host: '0.0.0.0', port: 80 },
      { host: '127.0.0.1', port: 80 },
    ],
  ])('two that would get into each other’s way are a mistake: %j and %j', (http, https) => {
    expect(listening(http, https)).toEqual([
      expect.stringMatching(/^https\.port: expected a port of its own, got \d+, which is http's$/),
    ]);
  });

  test.each([
    [{}, {}],
    [{ port: 0 }, { port: 0 }],
    [
      { host: '127.0.0.1', port: 80 },
      { host: '127.0.0.2', port: 80 },
    ],
    [
      { host: '0.0.0.0', port: 80 },
      { host: '::1', port: 80 },
    ],
  ])('two that have room beside each other are none: %j and %j', (http, https) => {
    expect(listening(http, https)).toEqual([]);
  });
});

describe('backups of a stream', () => {
  test('are addresses that players open', () => {
    const backups = ['http://b.example:8086/streams/hall', 'mmsh://b.example/x', 'https://[2001:db8::1]/x?y=1'];
    expect(config({ streams: [{ ...push, backups }] }).streams[0]?.backups).toEqual(backups);
  });

  test.each([
    'b.example/x',
    'ftp://b.example/x',
    'rtsp://b.example/x',
    'http://ann:secret@b.example/x',
    'http://b/a b',
    'http://b/\n',
    'http://b/@x',
  ])('are no such as %j, and no password is ever told', (url) => {
    const [mistake] = ofStream({ backups: [url] });
    expect(mistake).toMatch(/^backups\[0\]: expected a URL without a password/);
    expect(mistake).not.toContain('secret');
  });

  test('are no more than anybody tries', () => {
    expect(ofStream({ backups: Array.from({ length: 17 }, () => 'http://b/x') })[0]).toContain('at most 16 addresses');
  });
});

test.each(['0', '-u root', 'a b', '../x', 'x'.repeat(33)])('%j is nobody that the pump could become', (user) => {
  expect(mistakes({ user, streams: [push] })[0]).toMatch(/^user: expected a name such as/);
});

describe('passwords', () => {
  const published = (users: object) => ({ streams: [{ ...push, publish: { users } }] });

  test('come from the environment and from files, without the line end that editors add', async () => {
    vi.stubEnv('ENCODER_PASSWORD', 'of the environment');
    const file = join(folder, 'password');
    await writeFile(file, 'of a file\r\n');
    const [stream] = config(
      published({ a: 'plain', b: 'env:ENCODER_PASSWORD', c: `file:${file}`, d: `ha1:${'0f'.repeat(16)}` }),
    ).streams;
    expect(stream?.publish?.users).toEqual({
      a: 'plain',
      b: 'of the environment',
      c: 'of a file',
      d: `ha1:${'0f'.repeat(16)}`,
    });
  });

  test('that cannot be had are mistakes', () => {
    expect(mistakes(published({ a: 'env:NOT_SET_ANYWHERE', b: `file:${folder}/none`, c: 'ha1:xyz', d: '' }))).toEqual([
      'streams[0].publish.users.a: expected the environment variable NOT_SET_ANYWHERE to hold a password, got nothing',
      `streams[0].publish.users.b: expected a password in the file ${folder}/none, got no file that can be read`,
      "streams[0].publish.users.c: expected 'ha1:' and 32 hexadecimal digits, got other text",
      'streams[0].publish.users.d: expected a password of 1 to 1024 letters on one line, got 0 letters',
    ]);
  });

  test('never get into the text of a mistake, wherever they stand', () => {
    const all = mistakes({
      proxy: 'user:s3cret@proxy:80',
      redirect404To: 's3cret:s3cret@host',
      admin: 's3cret',
      streams: [
        { ...push, publish: 's3cret' },
        { ...push, path: 'b', publish: { users: 's3cret' } },
        { ...push, path: 'c', publish: { users: ['s3cret'] } },
        {
          ...push,
          path: 'd',
          publish: { users: { 'a:b': 's3cret', c: 'scrypt:s3cret', d: 'ha1:s3cret', e: 's3cret\n' } },
        },
        { ...push, path: 'e', watch: { user: 's3cret', from: 's3cret' } },
        { path: 'f', type: 'pull', url: 'gopher://user:s3cret@host/' },
        { path: 'g', type: 'mmsh_pull', source_options: { url: 'mmsh://user:s3cret@host/' } },
      ],
    });
    expect(all.length).toBeGreaterThan(10);
    expect(
      all.filter((line) => line.includes('s3cret')).filter((line) => !line.startsWith('streams[4].watch.from')),
    ).toEqual([]);
  });

  test('as scrypt on a push stream are warned of, since Windows Media encoders need Digest', () => {
    const scrypt = `scrypt:c2FsdA==:${'A'.repeat(43)}=`;
    expect(judge(published({ encoder: scrypt }))).toMatchObject({
      warnings: [expect.stringMatching(/^streams\[0\]\.publish\.users\.encoder: scrypt .* Digest/)],
    });
    expect(judge({ streams: [{ ...push, watch: { users: { guest: scrypt } } }] })).toMatchObject({ warnings: [] });
  });
});

describe('https', () => {
  test('a certificate that is not there, or not with its key, is a mistake before anybody comes', async () => {
    const one = certificateFiles(join(folder, 'one'));
    const other = certificateFiles(join(folder, 'other'));
    for (const files of [one, other]) await writeCertificate(files, await makeCertificate(['localhost']));
    const ofHttps = (https: object) => mistakes({ https, streams: [push] });
    expect(ofHttps({ cert: `${folder}/none`, key: one.key })).toEqual([
      `https.cert: expected a file that can be read, got '${folder}/none'`,
    ]);
    expect(ofHttps({ cert: one.cert, key: other.key })).toEqual([
      'https.key: expected the key of this certificate, got that of another',
    ]);
    expect(ofHttps({ cert: one.key, key: one.cert })).toEqual([
      "https.cert: expected a certificate in PEM, with '-----BEGIN CERTIFICATE-----', got none",
    ]);
    expect(ofHttps({ cert: one.cert, key: one.cert })).toEqual([
      "https.key: expected a key in PEM, with '-----BEGIN PRIVATE KEY-----', got none",
    ]);
    const { privateKey: locked } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' },
    });
    await writeFile(join(folder, 'locked.key'), locked);
    expect(ofHttps({ cert: one.cert, key: join(folder, 'locked.key') })).toEqual([
      'https.key: expected a key without a passphrase, got one with it',
    ]);
    expect(ofHttps({ cert: one.cert })).toEqual([expect.stringMatching(/^https: expected both 'cert' and 'key'/)]);
    expect(ofHttps({ ...one, selfSigned: true })).toEqual([
      expect.stringMatching(/^https: expected both 'cert' and 'key'/),
    ]);
    expect(ofHttps({})).toEqual([expect.stringMatching(/^https: expected both 'cert' and 'key'/)]);
    expect(ofHttps(one)).toEqual([]);
  });
});
