import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readDescribed, sessionOfDescribed, shownOf } from '../../src/sources/described.ts';
import { listening } from '../support/listening.ts';
import { failureOf, handMeans } from '../support/origin.ts';
import { newFolder } from '../support/folder.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=Hall\r\nc=IN IP4 239.1.2.3\r\nt=0 0\r\nm=video 6004 RTP/AVP 33\r\n';

function found(where: string) {
  const described = readDescribed(where);
  if (!described) throw new Error(`nothing is told by ${where}`);
  return sessionOfDescribed(described, handMeans(), new AbortController().signal);
}

async function server(answer: (req: IncomingMessage, res: ServerResponse, body: string) => void): Promise<string> {
  const http = createServer((req, res) => void text(req).then((body) => answer(req, res, body)));
  return `127.0.0.1:${await listening(http)}`;
}

function fileWith(content: string): string {
  const folder = newFolder(onTestFinished);
  writeFileSync(join(folder, 'tv.sdp'), content);
  return join(folder, 'tv.sdp');
}

const HALL = { title: 'Hall', group: { address: '239.1.2.3', port: 6004, scheme: 'rtp' }, codec: 'MP2T' };

describe('where a stream is multicast', () => {
  test('is told by its own address', async () => {
    expect(await found('rtp://10.0.0.7@232.1.1.1:5004')).toMatchObject({
      group: { address: '232.1.1.1', source: '10.0.0.7' },
      payloadType: 33,
    });
  });

  test('is told by a file', async () => {
    expect(await found(fileWith(SDP))).toMatchObject(HALL);
  });

  test('is had from an address that ends in .sdp, with a password where it is asked for', async () => {
    const host = await server((req, res) => {
      if (req.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`)
        return res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      res.writeHead(req.method === 'GET' ? 200 : 405).end(SDP);
    });
    expect(await found(`http://me:secret@${host}/streams/tv.sdp?x=1`)).toMatchObject(HALL);
    expect(await failureOf(found(`http://${host}/streams/tv.sdp`))).toMatchObject({
      message: expect.stringContaining('wants other credentials'),
    });
  });

  test.each([
    ['as SDP', SDP],
    ['in JSON', JSON.stringify({ type: 'answer', sdp: SDP })],
  ])('is the answer to an offer that is posted anywhere else: %s', async (_, answer) => {
    let offer = '';
    const host = await server((req, res, body) => {
      offer = `${req.method} ${req.url} ${req.headers['content-type']}\n${body}`;
      res.writeHead(200).end(answer);
    });
    expect(await found(`http://${host}/offer?stream=tv`)).toMatchObject(HALL);
    expect(offer).toMatch(/^POST \/offer\?stream=tv application\/sdp\nv=0\r\n/);
    // what servers of old look for
    expect(offer).toMatch(/\r\nc=IN IP4 239\.0\.0\.1\r\n(.*\r\n)*m=video 5004 RTP\/AVP 96 33\r\n/);
    expect(offer).toContain('a=rtpmap:96 H264/90000\r\n');
  });

  test.each([
    [404, '', 'knows no such stream'],
    [406, '', 'in a form that we take'],
    [200, 'hello', `tells of nothing that can be joined`],
    [200, '{"sdp":', `tells of nothing that can be joined`],
    [200, `${SDP}${'a=x\r\n'.repeat(20_000)}`, `tells of nothing that can be joined`],
    [200, SDP.replace('239.1.2.3', 'host.example'), `tells of nothing that can be joined`],
  ])('is a failure with a reason where the server answers %i %j', async (status, body, why) => {
    const host = await server((_, res) => void res.writeHead(status).end(body));
    const failure = await failureOf(found(`http://${host}/offer`));
    expect(failure).toMatchObject({ code: 'upstream failed', message: expect.stringContaining(why) });
  });

  test('is a failure where the server never comes to an end', async () => {
    const host = await server((_, res) => {
      const more = () => void (res.writable && res.write('a=x\r\n'.repeat(5000), () => setImmediate(more)));
      more();
    });
    expect(await failureOf(found(`http://${host}/offer`))).toMatchObject({
      message: expect.stringContaining('tells of nothing that can be joined'),
    });
  });

  test('is a failure where there is no such file', async () => {
    expect(await failureOf(found('/nowhere/tv.sdp'))).toMatchObject({ message: '/nowhere/tv.sdp does not exist' });
  });

  test('is shown without the password', () => {
    const where = readDescribed('http://me:secret@host/offer');
    expect(where && shownOf(where)).toBe('http://host/offer');
  });

  test.each(['', 'tv', 'film.ts', 'ftp://host/x.sdp', 'mmsh://host/x', 'rtp://host:1', '-'])(
    'is not told by %j',
    (input) => {
      expect(readDescribed(input)).toBeUndefined();
    },
  );
});
