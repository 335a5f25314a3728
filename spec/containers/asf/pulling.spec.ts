import { afterEach, describe, expect, it } from 'vitest';
import { readPragmas } from '../../../src/containers/asf/pragma.ts';
import { pull } from '../../../src/containers/asf/pulling.ts';
import type { Reply } from '../../../src/containers/manners.ts';
import { sample } from './asking.ts';
import {
  answer,
  bodyOf,
  closed,
  closeUpstreams,
  frame,
  header,
  isPlay,
  pragmaLines,
  readAll,
  upstream,
} from './upstream.ts';

afterEach(closeUpstreams);

describe('asking a Windows Media server', () => {
  it('is how mms:// and mmsh:// are asked', () => {
    expect(pull.schemes).toEqual(['mmsh', 'mms']);
  });

  it("VLC's server: loose header, three Pragma lines, no length, and a describe that it does not end", async () => {
    const describes = sample('mmsh-answers/vlc3-server-describe.response.bin');
    const { get, requests, sockets } = await upstream((text, socket) => {
      if (isPlay(text)) socket.end(answer(['HTTP/1.0 200 OK', 'Content-type: application/octet-stream'], 'frames'));
      else socket.write(describes);
    });
    const reply = await pull.pull(get);
    expect(reply.status).toBe(200);
    expect(await readAll(reply)).toBe('frames');
    expect(requests).toHaveLength(2);
    expect(sockets).toHaveLength(2);
    expect(pragmaLines(requests[1] ?? '')).toEqual([
      'no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=2,max-duration=0',
      'xPlayStrm=1',
      expect.stringMatching(/^xClientGUID=\{[\da-f-]{36}\}$/),
      'client-id=1339',
      'stream-switch-count=2',
      'stream-switch-entry=ffff:1:0 ffff:2:0',
    ]);
  });

  it('says it is a player below version 9, so that no $M, chunks or pipelining come', async () => {
    const { get, requests } = await upstream((_, socket) => socket.end(answer(['HTTP/1.0 404 Not Found'])));
    await pull.pull(get);
    expect(requests[0]).toMatch(/^User-Agent: NSPlayer\/7\.10\.0\.3059\r$/m);
    expect(requests[0]).toMatch(/^Accept: \*\/\*\r$/m);
    expect(requests[0]).toMatch(/^Connection: close\r$/im);
    expect(pragmaLines(requests[0] ?? '')).toEqual([
      'no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0',
      expect.stringMatching(/^xClientGUID=\{[\da-f-]{36}\}$/),
    ]);
  });

  it('Windows Media Services: $M first, $H in pieces, all of it chunked across the frames', async () => {
    const body = bodyOf(sample('mmsh-answers/synthetic-wms9-describe.response.bin'));
    const { get, requests } = await upstream((text, socket) => {
      const head =
        'HTTP/1.1 200 OK\r\nServer: Cougar/9.6.7600.16564\r\nTransfer-Encoding: chunked\r\nPragma: client-id=2676631236\r\n\r\n';
      const sizes = isPlay(text) ? [] : [1, 3, 4, 8, 1, 700, 2, 399];
      let at = 0;
      const chunks = [...sizes, body.length].map((size) => {
        const chunk = body.subarray(at, at + size);
        at += chunk.length;
        return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
      });
      socket.end(Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')]));
    });
    const reply = await pull.pull(get);
    expect(await readAll(reply)).toBe(body.toString('latin1'));
    const pragmas = readPragmas(pragmaLines(requests[1] ?? ''));
    expect(pragmas.get('client-id')).toBe('2676631236');
    expect(pragmas.get('stream-switch-entry')).toBe('ffff:1:0 ffff:2:0');
  });

  it('an encoder (Rex, HTTP/1.0): every stream is chosen, by its number in hex, commands as well', async () => {
    const head = ['HTTP/1.0 200 OK', 'Server: Rex/12.0.7601.17514', 'Content-Type: application/vnd.ms.wms-hdr.asfv1'];
    const { get, requests } = await upstream((_, socket) => socket.end(answer(head, frame('H', header(1, 2, 4, 18)))));
    await pull.pull(get);
    const pragmas = readPragmas(pragmaLines(requests[1] ?? ''));
    expect(pragmas.get('stream-switch-count')).toBe('4');
    expect(pragmas.get('stream-switch-entry')).toBe('ffff:1:0 ffff:2:0 ffff:4:0 ffff:12:0');
  });

  it('names no session where the server named none that is one', async () => {
    const head = ['HTTP/1.0 200 OK', 'Pragma: client-id=4294967296, features="broadcast"'];
    const { get, requests } = await upstream((_, socket) => socket.end(answer(head, frame('H', header(1)))));
    await pull.pull(get);
    expect(requests[1]).toContain('xPlayStrm=1');
    expect(requests[1]).not.toContain('client-id');
  });

  it('lets go of the describe before it asks to play, even where the server streams at once', async () => {
    const streaming = Buffer.concat([frame('H', header(1)), frame('D', Buffer.alloc(8000))]);
    const { get, sockets } = await upstream((text, socket) => {
      const [first] = sockets;
      const play = () => socket.end(answer(['HTTP/1.0 200 OK'], 'after'));
      if (!isPlay(text)) socket.write(answer(['HTTP/1.0 200 OK'], streaming));
      else if (first?.destroyed) play();
      else first?.once('close', play);
    });
    expect(await readAll(await pull.pull(get))).toBe('after');
  });
});

describe('answers that are no description', () => {
  const answering = async (head: string[], body: Buffer | string = '') =>
    upstream((_, socket) => socket.end(answer(head, body)));

  it.each([
    ['401 Unauthorized', 'WWW-Authenticate: Digest realm="a"', 'www-authenticate', 'Digest realm="a"'],
    ['302 Found', 'Location: mms://b/x', 'location', 'mms://b/x'],
    ['307 Temporary Redirect', 'Location: http://b/x', 'location', 'http://b/x'],
    ['503 Service Unavailable', 'Retry-After: 5', 'retry-after', '5'],
  ])('%s is handed to the caller as it is', async (status, line, name, value) => {
    const { get, requests } = await answering([`HTTP/1.0 ${status}`, line]);
    const reply = await pull.pull(get);
    expect(reply.status).toBe(Number(status.slice(0, 3)));
    expect(reply.headers[name]).toBe(value);
    expect(requests).toHaveLength(1);
  });

  it('a refused play is handed to the caller as it is', async () => {
    const { get } = await upstream((text, socket) =>
      socket.end(isPlay(text) ? answer(['HTTP/1.0 453 Busy']) : answer(['HTTP/1.0 200 OK'], frame('H', header(1)))),
    );
    expect((await pull.pull(get)).status).toBe(453);
  });

  it('bare ASF is the stream itself, asked for once and from its first byte', async () => {
    const body = Buffer.concat([header(1, 2), Buffer.alloc(20_000, 7)]);
    const { get, requests } = await upstream((_, socket) => {
      socket.write(answer(['HTTP/1.0 200 OK', 'Content-Type: video/x-ms-asf'], body.subarray(0, 2)));
      setImmediate(() => socket.end(body.subarray(2)));
    });
    const reply = await pull.pull(get);
    expect(reply.headers['content-type']).toBe('video/x-ms-asf');
    expect(await readAll(reply)).toBe(body.toString('latin1'));
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['ASX', '<ASX VERSION="3.0"><ENTRY><REF HREF="mms://127.0.0.1:8086/streams/x"/></ENTRY></ASX>'],
    ['ASX after a byte order mark', '\ufeff\r\n<asx><entry><ref href="mms://127.0.0.1:8086/streams/x"/>'],
    ['ASX after white space', '\r\n\r\n\r\n <asx><entry><ref href="mms://127.0.0.1:8086/streams/x"/>'],
    ['[Reference]', '[Reference]\r\nRef1=mms://127.0.0.1:8086/streams/x\r\nRef2=http://b/\r\n'],
  ])('%s is a redirect', async (_, body) => {
    const { get } = await answering(['HTTP/1.1 200 OK', 'Content-Type: video/x-ms-asf'], body);
    const reply = await pull.pull(get);
    expect(reply).toMatchObject({ status: 302, headers: { location: 'mms://127.0.0.1:8086/streams/x' } });
    expect(await readAll(reply)).toBe('');
  });

  it('ASX in UTF-16, as Windows writes it, is a redirect', async () => {
    const body = Buffer.from('\ufeff<ASX><REF HREF="mms://a/x"/></ASX>', 'utf16le');
    const { get } = await answering(['HTTP/1.1 200 OK'], body);
    expect((await pull.pull(get)).headers['location']).toBe('mms://a/x');
  });

  it('a page without an address says so', async () => {
    const { get } = await answering(['HTTP/1.1 200 OK'], '<html>It works!</html>');
    const failure = { code: 'upstream failed', message: expect.stringContaining('no address') };
    await expect(pull.pull(get)).rejects.toMatchObject(failure);
  });

  it('a page without an end is read no further than a playlist can be long', async () => {
    const { get, sockets } = await upstream((_, socket) =>
      socket.write(answer(['HTTP/1.0 200 OK'], `<ASX>${' '.repeat(80_000)}`)),
    );
    await expect(pull.pull(get)).rejects.toMatchObject({ code: 'upstream failed' });
    await closed(sockets[0]);
  });

  it("VLC's server between two entries of its playlist: an empty answer is not ready yet", async () => {
    const { get } = await answering(['HTTP/1.0 200 OK', 'Server: Cougar 4.1.0.3921']);
    const failure = { code: 'no source', message: expect.stringContaining('not ready') };
    await expect(pull.pull(get)).rejects.toMatchObject(failure);
  });

  it('frames without a header are not ready yet', async () => {
    const { get } = await answering(['HTTP/1.0 200 OK'], frame('M', Buffer.from('playlist-gen-id=1\0')));
    await expect(pull.pull(get)).rejects.toMatchObject({ code: 'no source' });
  });

  it('a header that breaks off is a failure', async () => {
    const { get } = await answering(['HTTP/1.0 200 OK'], frame('H', header(1)).subarray(0, 100));
    await expect(pull.pull(get)).rejects.toMatchObject({ code: 'upstream failed' });
  });

  it('a description without an end is not read for ever', async () => {
    const endless = Buffer.concat(Array.from({ length: 60 }, () => frame('M', Buffer.alloc(60_000, 32))));
    const { get, sockets } = await upstream((_, socket) => socket.write(answer(['HTTP/1.0 200 OK'], endless)));
    await expect(pull.pull(get)).rejects.toMatchObject({ code: 'too large' });
    await closed(sockets[0]);
  });

  it('another container altogether is left to the caller to recognise', async () => {
    const { get } = await answering(['HTTP/1.0 200 OK', 'Content-Type: video/mp2t'], 'G\u0000 and so on');
    expect(await readAll(await pull.pull(get))).toBe('G\u0000 and so on');
  });
});

describe('the answer to a plain request', () => {
  const claims = (headers: Reply['headers'], status = 200) =>
    pull.claims({ status, headers, close: () => {}, body: (async function* () {})() });

  it.each([
    ["VLC's server, with a space", { server: 'Cougar 4.1.0.3921', 'content-type': 'application/octet-stream' }],
    ['Windows Media Services', { server: 'Cougar/9.6.7600.16564', 'content-type': 'video/x-ms-asf' }],
    ['an encoder', { server: 'Rex/12.0.7601.17514' }],
    ['a framed header', { 'content-type': 'application/vnd.ms.wms-hdr.asfv1' }],
    ['framed packets', { 'content-type': 'application/x-mms-framed' }],
    ['a playlist by its type', { 'content-type': 'video/x-ms-asx; charset=utf-8' }],
    ['a playlist by its length', { 'content-type': 'video/x-ms-asf', 'content-length': '230' }],
  ])('%s: is asked again in its own way', (_, headers) => {
    expect(claims(headers)).toBe(true);
  });

  it.each([
    ['a live stream of bare ASF needs no second request', { 'content-type': 'video/x-ms-asf' }],
    ['a file of ASF', { 'content-type': 'video/x-ms-asf', 'content-length': '900000' }],
    ['another server', { server: 'Rexx/1', 'content-type': 'video/mp2t', 'content-length': '100' }],
    ['nothing said', {}],
  ])('%s: taken as it is', (_, headers) => {
    expect(claims(headers)).toBe(false);
  });

  it.each([302, 401, 407])("%d is the caller's", (status) => {
    expect(claims({ server: 'Cougar/9.6.7600.16564' }, status)).toBe(false);
  });
});
