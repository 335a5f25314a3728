import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { push, wholeFrames } from '../../../src/containers/asf/pushing.ts';
import type { Ask, PushAnswer } from '../../../src/containers/manners.ts';
import { asked, lines, sample } from './asking.ts';

type Answer<Kind> = Extract<PushAnswer, { kind: Kind }>;

const SUPPORTED =
  'com.microsoft.wm.srvppair, com.microsoft.wm.sswitch, com.microsoft.wm.predstrm, com.microsoft.wm.fastcache, com.microsoft.wm.startupprofile';

function ask(headers: Record<string, string>, url = '/streams/hall_push'): Ask {
  const distinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { method: 'POST', url, httpVersion: '1.1', headers: distinct };
}

const setup = (cookie?: string) =>
  push(
    ask({ 'content-type': 'application/x-wms-pushsetup', ...(cookie === undefined ? {} : { cookie }) }),
  ) as Answer<'set-up'>;

describe('set-up', () => {
  it('takes a place and answers what encoders look for, in canonical case', async () => {
    const answer = push(await asked(sample('push-requests/direct-setup.request.bin'))) as Answer<'set-up'>;
    expect(answer).toMatchObject({ kind: 'set-up', status: 204 });
    expect(answer.place).toBeUndefined();
    expect(answer.headers('4124758405')).toEqual({
      Server: 'Cougar/9.6.7600.16564',
      'Content-Length': '0',
      Pragma: 'no-cache, timeout=60000',
      'Cache-Control': 'no-cache',
      'Set-Cookie': 'push-id=4124758405',
      Supported: SUPPORTED,
    });
  });

  it('goes out through a real server as it is written', async () => {
    const server = createServer((_, response) => {
      response.writeHead(204, { ...setup().headers('77') }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const raw = await new Promise<string[]>((resolve) => {
      const { port } = server.address() as AddressInfo;
      request({ port, host: '127.0.0.1', agent: false }, (response) => resolve(response.resume().rawHeaders)).end();
    });
    server.close();
    expect(raw).toEqual(expect.arrayContaining(['Server', 'Set-Cookie', 'push-id=77', 'Content-Length', '0']));
  });

  it('is known by its type alone, with a charset, in any case, and without a known encoder', async () => {
    const type = 'Content-Type: Application/X-WMS-PushSetup; charset=UTF-8';
    expect(push(await asked(lines('POST /x_push HTTP/1.1', 'Host: a', type, 'Content-Length: 0')))?.kind).toBe(
      'set-up',
    );
  });

  it('an encoder that comes back names its place', () => {
    expect(setup('push-id=4124758405').place).toBe('4124758405');
    expect(setup('a=b; Push-Id=AbC-1_2.3~; c=d').place).toBe('AbC-1_2.3~');
  });

  it.each([
    undefined,
    '',
    'push-id=0',
    'push-id=',
    'push-id',
    'push-id=a b',
    'push-id="7"',
    'x-push-id=7',
    `push-id=${'7'.repeat(256)}`,
    'push-id=7\r\nA: b',
  ])('a cookie of %j names none', (cookie) => {
    expect(setup(cookie).place).toBeUndefined();
  });
});

describe('start', () => {
  const start = (headers: Record<string, string> = {}) =>
    push(ask({ 'content-type': 'application/x-wms-pushstart', ...headers })) as Answer<'session'>;

  it('is a part of the session of its place, and is answered 204 at its end', () => {
    const answer = start({ cookie: 'push-id=99', 'content-length': '2147483647' });
    expect(answer).toMatchObject({ kind: 'session', status: 204, place: '99' });
    expect(answer.headers('99')).toEqual(setup().headers('99'));
  });

  it('without a place is a session all the same', () => {
    const answer = start();
    expect(answer.kind).toBe('session');
    expect(answer.place).toBeUndefined();
  });
});

describe('what is no Windows Media push', () => {
  it.each([
    '/streams/hall_push.isml/Streams(hall)',
    '/hall.isml/Events(1)/Streams(hall)',
    '/hall.ISML/streams(hall)?x=1',
    '/hall.isml',
    '/hall/Streams%28hall%29',
  ])('Smooth Streaming (%s) is told what to choose instead, by its empty probe already', async (url) => {
    const bytes = lines(`POST ${url} HTTP/1.1`, 'Host: a', 'Content-Length: 0');
    const answer = push(await asked(bytes)) as Answer<'refuse'>;
    expect(answer.kind).toBe('refuse');
    expect(answer.error.manner.status).toBe(415);
    expect(answer.error.message).toBe(
      'IIS Smooth Streaming ingest is not supported; choose Windows Media / publishing point in the encoder',
    );
  });

  it('what a player tells of is no push', () => {
    expect(push(ask({ 'content-type': 'application/x-wms-LogStats' }))).toBeUndefined();
  });

  it('FFmpeg posting asf_stream, MPEG-TS and bodies without a type are ordinary bodies', async () => {
    const ffmpeg = ['POST /x_push HTTP/1.1', 'Transfer-Encoding: chunked', 'User-Agent: Lavf/59.27.100', 'Host: a'];
    expect(push(await asked(lines(...ffmpeg)))).toBeUndefined();
    expect(push(ask({ 'content-type': 'video/mp2t' }))).toBeUndefined();
    expect(push(ask({ 'content-type': 'application/x-mms-framed' }))).toBeUndefined();
    expect(push(ask({}, '/streams/isml_streams'))).toBeUndefined();
  });
});

describe('whole frames', () => {
  async function* cutAt(bytes: Buffer, sizes: Iterable<number>): AsyncGenerator<Buffer> {
    let at = 0;
    for (const size of sizes) {
      if (at >= bytes.length) return;
      yield bytes.subarray(at, at + size);
      at += size;
    }
    if (at < bytes.length) yield bytes.subarray(at);
  }

  async function read(body: AsyncIterable<Buffer>): Promise<Buffer[]> {
    const chunks: Buffer[] = [];
    for await (const chunk of wholeFrames(body)) chunks.push(chunk);
    return chunks;
  }

  function frame(letter: string, length: number, fill = 0x24): Buffer {
    const bytes = Buffer.alloc(4 + length, fill);
    bytes.write(`$${letter}`, 'latin1');
    bytes.writeUInt16LE(length, 2);
    return bytes;
  }

  /** The bodies of the start requests, in order. */
  function bodies(session: Buffer): Buffer[] {
    const found: Buffer[] = [];
    for (let at = 0; at < session.length; ) {
      const body = session.indexOf('\r\n\r\n', at) + 4;
      const head = session.toString('latin1', at, body);
      at = body + Number(/Content-Length: (\d+)/.exec(head)?.[1]);
      if (head.includes('x-wms-pushstart')) found.push(session.subarray(body, at));
    }
    return found;
  }

  it('of a session through a proxy, six requests long and filled up, all come through whatever the chunks', async () => {
    const parts = bodies(gunzipSync(sample('push-requests/proxied-session.bin.gz')));
    expect(parts.map(({ length }) => length)).toEqual([100000, 100000, 100000, 100000, 100000, 22886]);
    for (const size of [1460, 1, 65536]) {
      for (const part of parts) {
        const sizes = Array.from({ length: Math.ceil(part.length / size) }, () => size);
        expect(Buffer.concat(await read(cutAt(part, sizes))).equals(part)).toBe(true);
      }
    }
  }, 20_000);

  it('are views of the chunk that they came in', async () => {
    const chunk = Buffer.concat([frame('D', 100), frame('F', 0), frame('D', 300)]);
    const [only, ...others] = await read(cutAt(chunk, []));
    expect(others).toEqual([]);
    expect(only?.buffer).toBe(chunk.buffer);
    expect(only?.equals(chunk)).toBe(true);
  });

  it('come without the frame that a broken connection cut', async () => {
    const whole = Buffer.concat([frame('H', 500), frame('D', 3200), frame('F', 0), frame('E', 4)]);
    const broken = Buffer.concat([whole, frame('D', 3200).subarray(0, 2000)]);
    const check = async (sizes: number[]) => {
      expect(Buffer.concat(await read(cutAt(broken, sizes))).equals(whole)).toBe(true);
    };
    const sizes = fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 40 });
    await fc.assert(fc.asyncProperty(sizes, check), { seed: 4, numRuns: 200 });
  });

  it('that were handed on before a connection failed stay, and the failure is told', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield Buffer.concat([frame('H', 10), frame('D', 50).subarray(0, 20)]);
      throw new Error('ECONNRESET');
    }
    const chunks: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of wholeFrames(failing())) chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow('ECONNRESET');
    expect(Buffer.concat(chunks).equals(frame('H', 10))).toBe(true);
  });

  it.each([1, 2, 3])('leave out %d bytes at the end, too few for another frame, whatever they are', async (left) => {
    for (const byte of [0x24, 0]) {
      const body = Buffer.concat([frame('D', 50), Buffer.alloc(left, byte)]);
      expect(Buffer.concat(await read(cutAt(body, [20, 34])))).toEqual(frame('D', 50));
      expect(Buffer.concat(await read(cutAt(body, [])))).toEqual(frame('D', 50));
    }
  });

  it('with the top bit set are frames as well', async () => {
    const body = frame('D', 50);
    body[0] = 0xa4;
    const cut = Buffer.concat([body, body.subarray(0, 30)]);
    expect(Buffer.concat(await read(cutAt(cut, [3, 20]))).equals(body)).toBe(true);
  });

  it('the longest that can be is one frame', async () => {
    const body = Buffer.concat([frame('F', 65535), frame('D', 1)]);
    expect(Buffer.concat(await read(cutAt(body, [2, 60_000]))).equals(body)).toBe(true);
  });

  it('a body that is none at all goes on untouched, for the framing to complain of', async () => {
    const body = Buffer.from(`GIF89a${'x$D'.repeat(500)}`);
    for (const sizes of [[], [1, 1, 1], [3, 700]]) {
      const chunks = await read(cutAt(body, sizes));
      expect(Buffer.concat(chunks).equals(body)).toBe(true);
      expect(chunks.every(({ length }) => length > 0)).toBe(true);
    }
  });

  it('what follows them and is none goes on untouched as well, even where it looks like a frame again', async () => {
    const body = Buffer.concat([frame('D', 50), Buffer.from('HTTP'), frame('D', 500).subarray(0, 100)]);
    for (const sizes of [[], [30], [54, 2, 2, 3], [56, 5], [54, 4], [54, 4, 50], [50, 5, 3]]) {
      expect(Buffer.concat(await read(cutAt(body, sizes))).equals(body)).toBe(true);
    }
  });
});
