import { describe, expect, it } from 'vitest';
import { ask, feed, open, call } from '../stage.ts';

const bodyOf = (answer: string) => answer.split('\r\n\r\n')[1] ?? '';

describe('the status', () => {
  it('of a stream tells all that there is to know', async () => {
    const hall = feed('Town/Hall', { title: 'The hall', url: 'http://origin.example/x' });
    const { port } = await open([hall]);
    hall.live();
    await hall.send('12345');
    const viewer = await call(port, 'GET /streams/town/hall');
    await viewer.until('12345');
    const answer = await ask(port, 'GET /api/streams/town/hall');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Cache-Control: no-store\r\n[^]*Content-Type: application\/json/);
    expect(JSON.parse(bodyOf(answer))).toMatchObject({
      path: 'Town/Hall',
      title: 'The hall',
      type: 'push',
      container: 'toy',
      state: 'live',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      source: { url: 'http://origin.example/x', remote: 'spec', bytes: 5, bitrate: 0, restarts: 0, losses: {} },
      tracks: [{ kind: 'other', codec: 'head', id: 1 }],
      viewers: 1,
      viewersPeak: 1,
      viewersTotal: 1,
      bytesOut: 15,
      backlog: { seconds: 0 },
    });
  });

  it('of all streams has those that are switched off, and no password', async () => {
    const users = { ann: 'secret' };
    const { port } = await open([feed('a', { watch: { users }, publish: { users } }), feed('off', { enabled: false })]);
    const answer = await ask(port, 'GET /api/streams');
    expect(JSON.parse(bodyOf(answer))).toEqual({
      streams: [
        expect.objectContaining({ path: 'a', title: 'a', state: 'idle', enabled: true }),
        expect.objectContaining({ path: 'off', state: 'idle', enabled: false }),
      ],
    });
    expect(answer).not.toMatch(/secret|ann/);
    expect(await ask(port, 'GET /api/streams/off')).toMatch(/^HTTP\/1\.1 200 [^]*"enabled":false/);
  });

  it('says alive, and ready once every stream is live', async () => {
    const [a, b] = [feed('a'), feed('b')];
    const { port } = await open([a, b, feed('off', { enabled: false })]);
    expect(await ask(port, 'GET /healthz')).toMatch(/^HTTP\/1\.1 200 [^]*ok\n$/);
    a.live();
    expect(await ask(port, 'GET /readyz')).toMatch(
      /^HTTP\/1\.1 503 [^]*Cache-Control: no-store\r\n[^]*\r\n\r\nnot live: b\n$/,
    );
    expect(await ask(port, 'HEAD /readyz')).toMatch(/^HTTP\/1\.1 503 [^]*\r\n\r\n$/);
    b.live();
    expect(await ask(port, 'GET /readyz')).toMatch(/^HTTP\/1\.1 200 [^]*ok\n$/);
  });

  it('says ready whatever groups viewers have named, which are listed nowhere but in the API', async () => {
    const a = feed('a');
    a.live();
    const { port } = await open([a, feed('udp/239.0.0.1:1234')]);
    expect(await ask(port, 'GET /readyz')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(port, 'GET /')).not.toContain('239');
    expect(await ask(port, 'GET /streams.m3u')).not.toContain('239');
    expect(await ask(port, 'GET /api/streams')).toContain('udp/239.0.0.1:1234');
  });

  it('is listed for people at /', async () => {
    const { port } = await open([feed('a', { title: 'First' }), feed('b')]);
    const answer = await ask(port, 'GET /');
    expect(answer).toMatch(/Content-Type: text\/plain/);
    expect(bodyOf(answer)).toBe('http://pump.test/streams/a  idle  First\nhttp://pump.test/streams/b  idle\n');
    const { port: empty } = await open([]);
    expect(bodyOf(await ask(empty, 'GET /'))).toBe('No stream is configured.\n');
  });
});
