// What each player's habits ask of watching.ts, named after the player.

import { describe, expect, it } from 'vitest';
import { watch } from '../../../src/containers/asf/watching.ts';
import { mmsh, plain } from '../../../src/containers/asf/wires.ts';
import { ask, asked, headersOf, lines, sample, wmp12 } from './asking.ts';

const CLIENT_ID = /client-id=(\d+)/;

describe('describe', () => {
  it('is answered with every header a Windows Media client looks for', async () => {
    const { Pragma, ...rest } = headersOf(watch(await asked(sample('mmsh-requests/vlc3-describe.request.bin'))));
    expect(rest).toEqual({
      'Content-Type': 'application/vnd.ms.wms-hdr.asfv1',
      Server: 'Rex/12.0.7601.17514 (Stream Pump)',
      'Cache-Control': 'no-cache',
      Supported: 'com.microsoft.wm.sswitch',
      Connection: 'close',
    });
    expect(Pragma).toMatch(/^no-cache, client-id=\d+, features="broadcast,playlist", timeout=60000$/);
  });

  it('WMP 9 and later are told of an encoder (Rex), and their experiments are not echoed', () => {
    const answer = watch(ask({ headers: wmp12 }));
    expect(answer).toMatchObject({ kind: 'header', wire: mmsh });
    expect(headersOf(answer)['Server']).toMatch(/^Rex\/\d/);
    expect(JSON.stringify(headersOf(answer))).not.toMatch(/experiment|version11/);
  });

  it('VLC reads on until the end of the connection, so the connection ends', async () => {
    expect(headersOf(watch(await asked(sample('mmsh-requests/vlc3-describe.request.bin'))))['Connection']).toBe(
      'close',
    );
  });

  it("VLC's client GUID is malformed, which is of no consequence", async () => {
    const bytes = sample('mmsh-requests/vlc3-describe.request.bin');
    expect(bytes.toString()).toContain('{0xbabac001-');
    expect(watch(await asked(bytes))?.kind).toBe('header');
  });

  it('MPlayer reads the features to the first comma and must find "broadcast" there', async () => {
    const pragma = String(
      headersOf(watch(await asked(sample('mmsh-requests/mplayer-describe.request.bin'))))['Pragma'],
    );
    expect(/features="([^,"]{1,63})/.exec(pragma)?.[1]).toBe('broadcast');
  });

  it('MPlayer gets a content type that it knows, for each of its requests', async () => {
    const known = ['application/vnd.ms.wms-hdr.asfv1', 'application/x-mms-framed', 'video/x-ms-asf'];
    for (const [index, name] of ['describe', 'play', 'plainhttp'].entries()) {
      const answer = watch(await asked(sample(`mmsh-requests/mplayer-${name}.request.bin`)));
      expect(headersOf(answer)['Content-Type']).toBe(known[index]);
    }
  });

  it('libmms gets no Location, and no word of seeking', async () => {
    for (const name of ['describe', 'play']) {
      const headers = headersOf(watch(await asked(sample(`mmsh-requests/libmms-${name}.request.bin`))));
      expect(Object.keys(headers).map((header) => header.toLowerCase())).not.toContain('location');
      expect(JSON.stringify(headers)).not.toContain('seekable');
    }
  });

  it('is known by the client GUID alone, too', () => {
    const answer = watch(ask({ headers: { pragma: 'xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}' } }));
    expect(answer?.kind).toBe('header');
  });

  it.each(['NSServer/9.6.7600.16564', 'WMCacheProxy/9.0', 'NSPlayer', 'nsplayer/4.1.0.3856'])(
    'is what %s asks for',
    (agent) => {
      expect(watch(ask({ headers: { 'user-agent': agent } }))?.kind).toBe('header');
    },
  );

  it.each(['NSPlayerX/1', 'MyNSPlayer/1', ''])('is not what "%s" asks for', (agent) => {
    expect(watch(ask({ headers: { 'user-agent': agent } }))).toMatchObject({ kind: 'stream', wire: plain });
  });
});

describe('client ids', () => {
  const answered = (...pragma: string[]) =>
    CLIENT_ID.exec(String(headersOf(watch(ask({ headers: { 'user-agent': 'NSPlayer/9.0', pragma } })))['Pragma']))?.[1];

  it('a session that a client names keeps its name', () => {
    expect(answered('xPlayStrm=1', 'client-id=2676631236')).toBe('2676631236');
  });

  it('others are made up, each anew', () => {
    const ids = Array.from({ length: 50 }, () => Number(answered('xPlayStrm=1')));
    expect(new Set(ids).size).toBeGreaterThan(45);
    expect(ids.every((id) => Number.isInteger(id) && id > 0 && id <= 0xffffffff)).toBe(true);
  });

  it.each(['4294967296', 'abc', '"1, features=seekable"', '-1', '0'])('what is no id (%s) is not sent back', (id) => {
    expect(answered(`client-id=${id}`)).not.toBe(id);
    expect(answered(`client-id=${id}`)).toMatch(/^[1-9]\d{0,9}$/);
  });
});

describe('play', () => {
  const play = (agent?: string, ...pragma: string[]) =>
    watch(
      ask({ headers: { pragma: ['xPlayStrm=1', ...pragma], ...(agent === undefined ? {} : { 'user-agent': agent }) } }),
    );

  it('is answered with framed packets on a connection that ends with them', () => {
    const headers = headersOf(play('NSPlayer/7.10.0.3059'));
    expect(headers['Content-Type']).toBe('application/x-mms-framed');
    expect(headers['Server']).toMatch(/^Rex\//);
    expect(headers['Connection']).toBe('close');
    expect(headers).not.toHaveProperty('Content-Length');
  });

  it.each([
    ['NSPlayer/9.0.0.2980', true],
    ['NSPlayer/10.0.0.3646', true],
    ['NSPlayer/11.0.5721.5145 WMFSDK/11.0', true],
    ['NSPlayer/12.0.7601.17514', true],
    ['NSPlayer/8.0.0.4477', false],
    ['NSPlayer/7.10.0.3059', false],
    ['NSPlayer/4.1.0.3856', false],
    ['NSPlayer', false],
    ['NSPlayer/', false],
    ['', false],
  ])('%s: follows a change of the stream: %s', (agent, follows) => {
    expect(play(agent)).toMatchObject({ kind: 'stream', wire: mmsh, follows });
  });

  it('a bare NSPlayer without a describe before (the original Stream Pump) is streamed to at once', async () => {
    const bytes = lines('GET /streams/x HTTP/1.1', 'Host: a', 'User-Agent: NSPlayer', 'Pragma: xPlayStrm=1');
    expect(watch(await asked(bytes))).toMatchObject({ kind: 'stream', wire: mmsh, follows: false });
  });

  it('the next entry of a playlist is the stream as well', () => {
    const answer = watch(ask({ headers: { 'user-agent': 'NSPlayer/9.0', pragma: 'xPlayNextEntry=1' } }));
    expect(answer).toMatchObject({ kind: 'stream', wire: mmsh, follows: true });
  });

  it('needs no choice of streams, and no GUID', () => {
    expect(play()).toMatchObject({ kind: 'stream', wire: mmsh });
  });

  it("FFmpeg's glued Pragma line, its Range and its Icy-MetaData are borne", async () => {
    const bytes = sample('mmsh-requests/ffmpeg5-play.request.bin');
    expect(bytes.toString()).toContain('stream-time=0Connection: Close');
    expect(watch(await asked(bytes))).toMatchObject({ kind: 'stream', wire: mmsh, follows: false });
  });

  it('xPlayStrm=0 is no play', () => {
    const answer = watch(ask({ headers: { 'user-agent': 'NSPlayer/9.0', pragma: 'xPlayStrm=0' } }));
    expect(answer?.kind).toBe('header');
  });
});
