// What players get that open a list: the right addresses and titles, and nothing of a request that could do harm.

import { describe, expect, it } from 'vitest';
import { asf } from '../../src/containers/asf/index.ts';
import { readReference } from '../../src/containers/asf/asx.ts';
import { ask, feed, mannered, open } from './stage.ts';

const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);
const utf8 = (answer: string) => Buffer.from(bodyOf(answer), 'latin1').toString('utf8');

const hall = () => feed('town/Hall', { title: 'The hall', container: asf, backups: ['http://b.test:1/streams/hall'] });

describe('the playlist of a stream', () => {
  it('as ASX has the form of Windows Media first, then the plain one, then the same stream elsewhere', async () => {
    const { port } = await open([hall()]);
    const answer = await ask(port, 'GET /streams/TOWN/hall.ASX?token=secret');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/);
    expect(answer).toMatch(/\r\nContent-Type: video\/x-ms-asf; charset=utf-8\r\n/);
    expect(answer).toMatch(/\r\nContent-Disposition: inline; filename="town-Hall\.asx"\r\n/);
    expect(bodyOf(answer).split('\r\n')).toEqual([
      '<ASX VERSION="3.0">',
      '<PARAM NAME="Encoding" VALUE="UTF-8"/>',
      '<ENTRY>',
      '<TITLE>The hall</TITLE>',
      '<REF HREF="mms://pump.test/streams/town/Hall"/>',
      '<REF HREF="http://pump.test/streams/town/Hall"/>',
      '<REF HREF="http://b.test:1/streams/hall"/>',
      '</ENTRY>',
      '</ASX>',
      '',
    ]);
    expect(readReference(bodyOf(answer))).toBe('mms://pump.test/streams/town/Hall');
  });

  it('as M3U has its own address, then the same stream elsewhere', async () => {
    const { port } = await open([hall()]);
    const answer = await ask(port, 'GET /streams/town/hall.m3u');
    expect(answer).toMatch(/\r\nContent-Type: audio\/x-mpegurl; charset=utf-8\r\n/);
    expect(bodyOf(answer)).toBe(
      '#EXTM3U\n#EXTINF:-1 tvg-id="town/Hall",The hall\nhttp://pump.test/streams/town/Hall\n' +
        '#EXTINF:-1 tvg-id="town/Hall",The hall\nhttp://b.test:1/streams/hall\n',
    );
  });

  it('as XSPF has a track for each, since VLC knows one location of a track', async () => {
    const { port } = await open([hall()]);
    const answer = await ask(port, 'GET /streams/town/hall.xspf');
    expect(answer).toMatch(/\r\nContent-Type: application\/xspf\+xml; charset=utf-8\r\n/);
    expect(bodyOf(answer).match(/<location>.*<\/location>/g)).toEqual([
      '<location>http://pump.test/streams/town/Hall</location>',
      '<location>http://b.test:1/streams/hall</location>',
    ]);
    expect(bodyOf(answer).match(/<track>\n<location>[^\n]*\n<title>The hall<\/title>\n<\/track>/g)).toHaveLength(2);
  });

  it('of a format that Windows Media does not know has no address of its kind', async () => {
    const { port } = await open([feed('a', { container: mannered })]);
    expect(bodyOf(await ask(port, 'GET /streams/a.asx'))).not.toContain('mms:');
  });

  it('costs nothing of its length by HEAD', async () => {
    const { port } = await open([hall()]);
    const [whole, head] = [
      await ask(port, 'GET /streams/town/hall.m3u'),
      await ask(port, 'HEAD /streams/town/hall.m3u'),
    ];
    expect(bodyOf(head)).toBe('');
    expect(head).toContain(`Content-Length: ${bodyOf(whole).length}\r\n`);
  });

  it('that is not there is not found, nor one that is switched off', async () => {
    const { port } = await open([feed('off', { enabled: false })]);
    expect(await ask(port, 'GET /streams/none.m3u')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(port, 'GET /streams/off.m3u')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(port, 'POST /streams/off.m3u')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('holds no name and no password of those who may watch, and asks for none', async () => {
    const { port } = await open([feed('a', { watch: { users: { ann: 'secret' } } })]);
    const Authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    for (const form of ['asx', 'm3u', 'xspf']) {
      const answer = await ask(port, `GET /streams/a.${form}?user=ann&password=secret`, { Authorization });
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).not.toMatch(/ann|secret/);
    }
  });
});

describe('the playlist of all streams', () => {
  it('has each that is switched on once, whatever it is called', async () => {
    const title = `a<b>&"c'\u2028#EXTM3U \ud800ä`;
    const { port } = await open([hall(), feed('b', { title }), feed('c'), feed('off', { enabled: false })]);
    expect(utf8(await ask(port, 'GET /streams.m3u')).split('\n')).toEqual([
      '#EXTM3U',
      '#EXTINF:-1 tvg-id="town/Hall",The hall',
      'http://pump.test/streams/town/Hall',
      `#EXTINF:-1 tvg-id="b",a<b>&"c' #EXTM3U  ä`,
      'http://pump.test/streams/b',
      '#EXTINF:-1 tvg-id="c",c',
      'http://pump.test/streams/c',
      '',
    ]);
    const escaped = '<title>a&lt;b&gt;&amp;&quot;c&#39; #EXTM3U  ä</title>';
    expect(utf8(await ask(port, 'GET /streams.xspf'))).toContain(escaped);
    expect(utf8(await ask(port, 'GET /streams.asx'))).toContain(escaped.replaceAll('title', 'TITLE'));
  });
});

describe('a browser that opens what it cannot play', () => {
  it('gets the playlist for a player that can', async () => {
    const { port } = await open([hall()]);
    const headers = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0 Chrome/131.0' };
    const answer = await ask(port, 'GET /streams/town/hall?token=secret', headers);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*Content-Type: video\/x-ms-asf/);
    expect(answer).toContain('<REF HREF="mms://pump.test/streams/town/Hall"/>');
    expect(answer).not.toContain('secret');
    expect(await ask(port, 'HEAD /streams/town/hall', headers)).toMatch(
      /^HTTP\/1\.1 200 [^]*Content-Type: video\/x-ms-asf/,
    );
  });
});
