import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watch } from '../../../src/containers/asf/watching.ts';
import { mmsh, plain } from '../../../src/containers/asf/wires.ts';
import type { Ask, FullAnswer } from '../../../src/containers/manners.ts';
import { ask, asked, headersOf, lines, sample, wmp12 } from './asking.ts';

function post(headers: Record<string, string | string[]>): FullAnswer {
  return watch(ask({ method: 'POST', headers })) as FullAnswer;
}

describe('real requests, as they were captured', () => {
  const files = readdirSync(new URL('../../samples/mmsh-requests', import.meta.url));

  it.each(files)('%s gets what this client needs', async (file) => {
    const answer = watch(await asked(sample(`mmsh-requests/${file}`)));
    if (file.includes('describe')) expect(answer).toMatchObject({ kind: 'header', wire: mmsh });
    else if (file.includes('play.')) expect(answer).toMatchObject({ kind: 'stream', wire: mmsh, follows: false });
    else expect(answer).toMatchObject({ kind: 'stream', wire: plain, follows: false });
  });

  it('are all twelve there', () => {
    expect(files).toHaveLength(12);
  });

  it('HEAD is answered like GET', async () => {
    const head = (file: string) =>
      Buffer.from(sample(`mmsh-requests/${file}`).toString('latin1').replace('GET', 'HEAD'));
    expect(watch(await asked(head('vlc3-describe.request.bin')))?.kind).toBe('header');
    expect(watch(await asked(head('vlc3-plainhttp.request.bin')))).toMatchObject({ kind: 'stream', wire: plain });
  });
});

describe('what players send beside their stream', () => {
  it('WMP 9 and later post a log: 204', () => {
    const answer = post({ 'content-type': 'application/x-wms-LogStats;charset=UTF-8', pragma: 'client-id=7' });
    expect(answer).toMatchObject({ kind: 'answer', status: 204, headers: { Connection: 'close' } });
    expect(answer.body).toBeUndefined();
    expect(answer.headers['Pragma']).toContain('client-id=7');
  });

  it('WMP 6.4 puts its log into a Pragma line of an empty POST: 204', async () => {
    const bytes = lines(
      'POST /streams/x HTTP/1.0',
      'Content-Type: text/plain;charset=UTF-8',
      'User-Agent: NSPlayer/4.1.0.3928',
      'Pragma: client-id=12',
      'Pragma: log-line=10.0.0.9 2001-02-03 04:05:06 - mms://h/x 0 30 1 200 {guid} 6.4, xStopStrm=1',
      'Content-Length: 0',
    );
    expect(watch(await asked(bytes))).toMatchObject({ kind: 'answer', status: 204 });
  });

  it.each([
    ['an event', { 'content-type': 'application/x-wms-sendevent' }],
    ['a wish for the content description', { 'content-type': 'application/x-wms-getcontentinfo' }],
    ['a stop', { pragma: 'xStopStrm=1' }],
    ['a keep-alive', { pragma: 'xKeepAliveInPause=1' }],
    ['another choice of streams', { pragma: ['client-id=9', 'stream-switch-entry=ffff:1:0 ffff:2:2 '] }],
  ])('%s is acknowledged with an empty 200', (_, headers) => {
    const answer = post({ 'user-agent': 'NSPlayer/9.0', ...headers });
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(answer.headers).toMatchObject({ 'Content-Length': '0', 'Cache-Control': 'no-cache' });
    expect(answer.body).toBeUndefined();
  });

  it('a pipelined keep-alive (OPTIONS *) is told the methods', async () => {
    const answer = watch(await asked(lines('OPTIONS * HTTP/1.1', 'Host: a', 'User-Agent: NSPlayer/9.0')));
    const headers = { Public: 'GET, POST, OPTIONS', 'Content-Length': '0' };
    expect(answer).toMatchObject({ kind: 'answer', status: 200, headers });
  });

  it('a pipelining probe is refused, also to a client that looks like a describe', () => {
    const headers = { ...wmp12, pragma: [...wmp12.pragma, 'pipeline-request=1'] };
    expect(watch(ask({ headers }))).toMatchObject({ kind: 'answer', status: 400 });
  });

  it('a pipelined choice of streams is acknowledged, not taken for a describe', () => {
    const answer = watch(ask({ headers: { 'user-agent': 'NSPlayer/9.0', pragma: 'stream-switch-entry=1:2:0' } }));
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('any other POST, a browser asking leave, and other methods are nothing of Windows Media', () => {
    expect(watch(ask({ method: 'POST', headers: { 'content-type': 'video/mp2t' } }))).toBeUndefined();
    expect(watch(ask({ method: 'POST', headers: { 'content-type': 'application/x-wms-pushsetup' } }))).toBeUndefined();
    expect(watch(ask({ method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }))).toBeUndefined();
    expect(watch(ask({ method: 'PUT' }))).toBeUndefined();
  });
});

describe('plain HTTP', () => {
  it('VLC, FFmpeg, MPlayer and GStreamer get bare ASF, whatever range they ask for', async () => {
    for (const name of ['vlc3', 'ffmpeg5', 'mplayer', 'gstreamer1']) {
      const answer = watch(await asked(sample(`mmsh-requests/${name}-plainhttp.request.bin`)));
      expect(headersOf(answer)).toEqual({
        'Content-Type': 'video/x-ms-asf',
        'Cache-Control': 'no-cache',
        Connection: 'close',
      });
    }
  });

  it('something unknown that names nothing gets bare ASF', async () => {
    expect(watch(await asked(lines('GET /x HTTP/1.0')))).toMatchObject({ kind: 'stream', wire: plain, follows: false });
  });
});

describe('a browser', () => {
  const chrome = {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36',
  };

  it('cannot play it, and gets a playlist for a player that can', () => {
    expect(watch(ask({ headers: chrome }))).toEqual({ kind: 'playlist', form: 'asx' });
  });

  it('that is a media player after all gets the stream', () => {
    const headers = { ...chrome, 'user-agent': 'VLC/3.0.24 LibVLC/3.0.24', host: 'a' };
    expect(watch(ask({ headers }))).toMatchObject({ kind: 'stream', wire: plain });
  });
});

describe('anything at all', () => {
  it('gets an answer whose headers can be sent', () => {
    const value = fc.oneof(
      fc.constantFrom(
        'NSPlayer/9',
        'text/html',
        'xPlayStrm=1',
        'client-id=5',
        'client-id=a\r\nb: c',
        'log-line=',
        'h:80',
      ),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const name = fc.constantFrom('pragma', 'user-agent', 'accept', 'host', 'content-type', 'cookie');
    const headers = fc.dictionary(name, fc.array(value, { maxLength: 4 }));
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS');
    const check = (part: Pick<Ask, 'method' | 'url' | 'headers'>) => {
      const answer = watch({ httpVersion: '1.1', ...part });
      const values = Object.values(headersOf(answer)).flat();
      if (values.some((one) => /[^\x20-\x7e]/.test(one))) throw new Error('a header that cannot be sent');
    };
    fc.assert(fc.property(fc.record({ method, url: fc.webPath(), headers }), check), { seed: 3, numRuns: 300 });
  });
});
