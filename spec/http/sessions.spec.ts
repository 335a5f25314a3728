import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readGroup } from '../../src/datagrams/group.ts';
import { type Session, sessionAt } from '../../src/sdp/session.ts';
import { originalOffer, readAsOriginal } from '../sdp/original-client.ts';
import { settle } from '../support/clock.ts';
import { numbers } from '../support/numbers.ts';
import { ask, clock, feed, open, call } from './stage.ts';

const at = (url: string, title = ''): Session => {
  const group = readGroup(url);
  if (!group) throw new Error(`no group: ${url}`);
  return sessionAt(group, title);
};

const multicast = (path: string, more: Parameters<typeof feed>[1] = {}) =>
  feed(path, { sessions: [at('rtp://239.1.2.3:6004', path)], ...more });

const SDP = { 'Content-Type': 'application/sdp' };
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
const post = (port: number, path: string, body = originalOffer(), headers: Record<string, string> = SDP) =>
  ask(port, `POST ${path}`, headers, body);
const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

describe('an offer', () => {
  test('is answered with where the stream is multicast', async () => {
    const { port, lines } = await open([multicast('tv')]);
    const answer = await post(port, '/streams/tv/offer');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Content-Type: application\/sdp\r\n/);
    expect(bodyOf(answer)).toContain('m=video 6004 RTP/AVP 33\r\n');
    expect(readAsOriginal(bodyOf(answer))).toEqual({ address: '239.1.2.3', port: 6004 });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'offer answered', stream: 'tv' }));
  });

  test('in JSON is answered in JSON, as browsers have it', async () => {
    const { port } = await open([multicast('tv')]);
    const body = JSON.stringify({ type: 'offer', sdp: originalOffer(), more: { of: 'this' } });
    const answer = await post(port, '/streams/tv/offer', body, JSON_TYPE);
    expect(answer).toContain('Content-Type: application/json\r\n');
    const { type, sdp } = JSON.parse(bodyOf(answer));
    expect(type).toBe('answer');
    expect(readAsOriginal(sdp)).toEqual({ address: '239.1.2.3', port: 6004 });
  });

  test.each([
    ['no JSON', '{"sdp":', 'is none'],
    ['JSON without SDP', '{"offer":"v=0"}', 'Expected JSON such as'],
    ['JSON that is a list', '[]', 'Expected JSON such as'],
    ['an answer', JSON.stringify({ type: 'answer', sdp: originalOffer() }), 'Expected JSON with "type": "offer"'],
    ['JSON whose SDP is none', '{"sdp":"hello"}', 'Line 1 of this SDP'],
  ])('that is %s is refused with the reason', async (_, body, why) => {
    const { port } = await open([multicast('tv')]);
    const answer = await post(port, '/streams/tv/offer', body, JSON_TYPE);
    expect(statusOf(answer)).toBe(400);
    expect(bodyOf(answer)).toContain(why);
  });

  test('that is no SDP is told its line', async () => {
    const { port } = await open([multicast('tv')]);
    const answer = await post(port, '/offer', originalOffer().replace('m=video 5004', 'm=video x'));
    expect(statusOf(answer)).toBe(400);
    expect(bodyOf(answer)).toBe(
      `Line 6 of this SDP: expected a medium such as 'm=video 5004 RTP/AVP 33', got 'm=video x RTP/AVP 96'.\n`,
    );
  });

  test('that is too long is refused before it is read', async () => {
    const { port } = await open([multicast('tv')]);
    const client = await call(port, 'POST /offer', { 'Content-Length': '999999' });
    expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /);
    const endless = await call(port, 'POST /offer', { 'Transfer-Encoding': 'chunked' });
    for (let n = 0; n < 3; n += 1) endless.say(`ffff\r\n${'x'.repeat(0xffff)}\r\n`);
    expect(await endless.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /);
    expect(statusOf(await post(port, '/offer', `${originalOffer()}${'a=x\r\n'.repeat(20_000)}`))).toBe(413);
  });

  test('that does not come is not waited for', async () => {
    const { port } = await open([multicast('tv')]);
    const client = await call(port, 'POST /offer', { 'Content-Length': '100' });
    const before = clock.waiting;
    client.say('v=0');
    while (clock.waiting === before) await settle();
    await clock.advance(10_001);
    expect(await client.until('408')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('is told to come by those who ask before', async () => {
    const { port } = await open([multicast('tv')]);
    const client = await call(port, 'POST /offer', {
      Expect: '100-continue',
      'Content-Length': String(originalOffer().length),
    });
    await client.until('100 Continue');
    client.say(originalOffer());
    expect(await client.until('m=video')).toContain('HTTP/1.1 200 OK');
  });

  test('to a stream that is not multicast, or not there, is a 404', async () => {
    const { port } = await open([multicast('tv'), feed('radio')]);
    const answer = await post(port, '/streams/radio/offer');
    expect(statusOf(answer)).toBe(404);
    expect(bodyOf(answer)).toContain('This stream is not multicast');
    expect(statusOf(await post(port, '/streams/none/offer'))).toBe(404);
    expect(statusOf(await ask(port, 'GET /offer'))).toBe(405);
  });

  test('asks for the same password as watching does', async () => {
    const watch = { users: { guest: 'secret' } };
    const { port } = await open([multicast('tv', { watch })]);
    for (const path of ['/offer', '/streams/tv/offer']) {
      expect(statusOf(await post(port, path))).toBe(401);
      const Authorization = `Basic ${Buffer.from('guest:secret').toString('base64')}`;
      expect(statusOf(await post(port, path, originalOffer(), { ...SDP, Authorization }))).toBe(200);
    }
    expect(statusOf(await ask(port, 'GET /streams/tv.sdp'))).toBe(401);
  });

  test('that nothing fits is refused where that is configured', async () => {
    const { port } = await open([multicast('tv')], { strictOffers: true });
    const answer = await post(port, '/offer');
    expect(statusOf(answer)).toBe(406);
    expect(bodyOf(answer)).toContain('multicast as MP2T at rtp://239.1.2.3:6004, and the offer takes H264 by IPv4');
  });

  test('sends nothing to the address that it names', async () => {
    const victim = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void victim.close());
    await once(victim, 'listening');
    const { port } = await open([multicast('tv')]);
    const named = originalOffer().replaceAll('239.0.0.1', '127.0.0.1').replace('5004', String(victim.address().port));
    expect(statusOf(await post(port, '/offer', named))).toBe(200);
    await clock.advance(60_000);
    victim.send('of our own', victim.address().port, '127.0.0.1');
    const [first] = await once(victim, 'message');
    expect(String(first)).toBe('of our own');
  });
});

describe('/offer alone', () => {
  const named = (name: string) => originalOffer().replace('s=RTP Multicast Client', `s=${name}`);
  const told = (answer: string) => /^s=(.*)\r$/m.exec(bodyOf(answer))?.[1];

  test('means the only stream that is multicast', async () => {
    const { port } = await open([feed('radio'), multicast('tv'), multicast('off', { enabled: false })]);
    expect(told(await post(port, '/offer'))).toBe('tv');
  });

  test('means the one that is named, by the query before the session name', async () => {
    const { port } = await open([multicast('tv'), multicast('hall', { title: 'Concert Hall' })]);
    expect(told(await post(port, '/offer?stream=HALL'))).toBe('hall');
    expect(told(await post(port, '/offer', named('concert hall')))).toBe('hall');
    expect(told(await post(port, '/offer?stream=tv', named('hall')))).toBe('tv');
  });

  test('lists the names where it cannot be told which is meant', async () => {
    const { port } = await open([multicast('tv'), multicast('hall'), feed('radio')]);
    for (const path of ['/offer', '/offer?stream=radio', '/offer?stream=none']) {
      const answer = await post(port, path);
      expect(statusOf(answer)).toBe(404);
      expect(bodyOf(answer)).toContain('there are tv, hall.');
    }
    const { port: bare } = await open([feed('radio')]);
    expect(bodyOf(await post(bare, '/offer'))).toBe('No stream is multicast here.\n');
  });
});

describe('.sdp', () => {
  test('is what players open', async () => {
    const { port } = await open([multicast('part/tv')]);
    const answer = await ask(port, 'GET /streams/part/TV.sdp');
    expect(answer).toContain('Content-Type: application/sdp\r\n');
    expect(bodyOf(answer)).toMatch(
      /^v=0\r\no=- \d+ 1 IN IP4 127\.0\.0\.1\r\ns=part\/tv\r\nc=IN IP4 239\.1\.2\.3\/16\r\n/,
    );
    expect(bodyOf(await ask(port, 'HEAD /streams/part/tv.sdp'))).toBe('');
  });

  test('is a 404 for streams that are not multicast, and for none', async () => {
    const { port } = await open([feed('radio')]);
    expect(bodyOf(await ask(port, 'GET /streams/radio.sdp'))).toContain('not multicast');
    expect(statusOf(await ask(port, 'GET /streams/none.sdp'))).toBe(404);
  });

  test('and /offer are names that a stream may have itself', async () => {
    const inner = feed('tv/offer');
    inner.live();
    const { port } = await open([multicast('tv'), inner]);
    expect(statusOf(await post(port, '/streams/tv/offer'))).toBe(405); // it is watched, and takes no offers
  });
});

describe('a stream that comes by multicast alone', () => {
  test('is not to be had over HTTP, and says where it is', async () => {
    const { port } = await open([multicast('tv', { elsewhere: true, url: 'rtp://239.1.2.3:6004' })]);
    const answer = await ask(port, 'GET /streams/tv');
    expect(statusOf(answer)).toBe(404);
    expect(bodyOf(answer)).toContain('rtp://239.1.2.3:6004, or /streams/tv.sdp');
    expect(bodyOf(await ask(port, 'GET /api/streams/tv'))).toContain('"receive":false');
  });

  test('does not keep the pump from being ready', async () => {
    const { port } = await open([multicast('tv', { elsewhere: true })]);
    expect(statusOf(await ask(port, 'GET /readyz'))).toBe(200);
  });
});

/** Letters changed, lines left out, said twice, torn, or in another place. */
function spoilt(text: string, seed: number): string {
  const next = numbers(seed);
  const pieces = [
    '\r',
    '\n',
    '\0',
    '=',
    '/',
    ' ',
    'é',
    '4294967296',
    '-1',
    'NaN',
    '__proto__',
    'IN IP6 ::',
    'a=rtpmap:',
  ];
  let lines = text.split('\r\n');
  for (let changes = next(3) + 1; changes > 0; changes -= 1) {
    const n = next(lines.length);
    const line = lines[n] ?? '';
    const kind = next(6);
    const piece = pieces[next(pieces.length)] ?? '';
    const cut = next(line.length + 1);
    if (kind === 0) lines.splice(n, 1);
    else if (kind === 1) lines.splice(n, 0, lines[next(lines.length)] ?? '');
    else if (kind === 2) lines[n] = line.slice(0, cut) + piece + line.slice(cut);
    else if (kind === 3) lines[n] = line.slice(0, cut);
    else if (kind === 4) lines[n] = line.slice(0, cut) + String.fromCharCode(next(256)) + line.slice(cut + 1);
    else lines = [...lines.slice(n), ...lines.slice(0, n)];
  }
  return lines.join(next(8) ? '\r\n' : '\n');
}

test('offers spoilt in thousands of ways are answered or told why not, and never break the pump', async () => {
  const sessions = [at('rtp://192.0.2.7@232.1.2.3:6004', 'tv'), at('rtp://[ff15::1]:6004', 'tv')];
  const { port, lines } = await open([multicast('tv', { sessions })]);
  const whole = `${originalOffer()}a=fmtp:96 packetization-mode=1\r\na=rtcp:5005\r\na=source-filter: incl IN IP4 * 192.0.2.1\r\nb=AS:5\r\n`;
  const seen = new Map<number, number>();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  for (let seed = 0; seed < 3000; seed += 1) {
    const asked = httpRequest({ port, host: '127.0.0.1', path: '/offer', method: 'POST', headers: SDP, agent });
    asked.end(spoilt(whole, seed));
    const [reply] = await once(asked, 'response');
    const told = await text(reply);
    seen.set(reply.statusCode, (seen.get(reply.statusCode) ?? 0) + 1);
    if (reply.statusCode === 400) expect(told, `seed ${seed}`).toMatch(/^(Line \d+ of this|This) SDP.*\.\n$/);
    else expect(told, `seed ${seed}`).toMatch(/^v=0\r\n[^]*m=video 6004 RTP\/AVP 33\r\n/);
  }
  expect(new Set(seen.keys())).toEqual(new Set([200, 400]));
  expect(Math.min(...seen.values())).toBeGreaterThan(300);
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
}, 30_000);
