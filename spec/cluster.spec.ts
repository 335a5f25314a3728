// A pump of several processes as it is built and started, for those who watch, push and ask: as one process would do.

import { createHash } from 'node:crypto';
import { get as getByTls } from 'node:https';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { asOperator, encode, film, goOn, operator, sees, text, watch, workers } from './cluster/stage.ts';
import { type PumpProcess, startPump } from './support/pump-process.ts';
import { type RawViewer, watchRaw } from './support/raw-viewer.ts';
import { openStage, until } from './support/stage.ts';

/** Several processes each, on a machine that may do much else. */
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const stage = openStage();
/** Nobody of one spec is still there in the next. */
const here = { later: (end: () => void) => onTestFinished(end) };

describe('a pump with two workers', () => {
  let pump: PumpProcess;
  beforeAll(async () => {
    const publish = { users: { encoder: 'secret' } };
    pump = await startPump(stage, {
      workers: 2,
      https: { host: '127.0.0.1', port: 0, selfSigned: true },
      admin: { users: operator },
      streams: [
        film,
        { path: 'hall', type: 'push' },
        { path: 'guarded', type: 'push', publish },
        { ...film, path: 'members', watch: { users: { viewer: 'secret' } } },
        { ...film, path: 'small', limits: { viewers: 2 } },
      ],
    });
    await pump.live('film');
  });
  afterAll(() => pump.process.end());

  /** Which worker has each of those who watch the film; whoever watched it before has gone. */
  const places = async (count: number): Promise<readonly string[]> => {
    await until(`${count} watch`, async () => (await pump.status('film')).viewers === count);
    return (await idsOfViewers()).map((id) => id.split('.', 1)[0] ?? '').toSorted();
  };

  const idsOfViewers = async (): Promise<string[]> => {
    const listed = await text(pump, '/api/streams/film/viewers', { headers: asOperator });
    return JSON.parse(listed.slice(4)).viewers.map(({ id }: { id: string }) => id);
  };

  it('spreads its viewers, and shows all of them in one status', async () => {
    const viewers = Array.from({ length: 40 }, () => watch(here, pump, 'film'));
    await sees(...viewers);
    const all = await places(40);
    for (const worker of ['1', '2']) expect(all.filter((place) => place === worker).length).toBeGreaterThan(14);
    viewers.forEach((viewer) => viewer.close());
    await until('none is', async () => (await pump.status('film')).viewers === 0);
    expect(await pump.status('film')).toMatchObject({ viewersTotal: 40, viewersPeak: 40, departures: { left: 40 } });
    expect((await pump.status('film')).source.restarts).toBe(0);
  });

  it('takes an encoder wherever it comes, and hands it on as MMSH, first described, then played', async () => {
    await encode(here, pump, 'hall');
    const described = await fetch(`http://${pump.host}/streams/hall`, { headers: { 'User-Agent': 'NSPlayer/7.10' } });
    expect(described.headers.get('content-type')).toBe('application/vnd.ms.wms-hdr.asfv1');
    expect((await described.arrayBuffer()).byteLength).toBeGreaterThan(100);
    const viewers: RawViewer[] = [1, 2, 3].map(() => watchRaw(pump.host, '/streams/hall'));
    onTestFinished(() => viewers.forEach((viewer) => viewer.close()));
    await until('three see it', () => viewers.every(({ packets }) => packets > 10));
    const log = { method: 'POST', headers: { 'User-Agent': 'NSPlayer/7.10', Pragma: 'log-line=1' } };
    expect(await text(pump, '/streams/hall', log)).toBe('204 ');
    const second = await text(pump, '/streams/hall_push', { method: 'PUT', body: Buffer.alloc(10_000) });
    expect(second).toMatch(/^409 /);
  });

  it('answers all else as one process does', async () => {
    expect(await text(pump, '/healthz')).toBe('200 ok\n');
    expect(await text(pump, '/readyz')).toMatch(/^503 not live: /);
    expect(await text(pump, '/streams/none')).toMatch(/^404 There is no stream of this name/);
    expect(await text(pump, '/streams/film_push', { method: 'PUT', body: 'x' })).toMatch(/^404 Nobody pushes/);
    expect(await text(pump, '/streams/film', { method: 'DELETE' })).toMatch(/^405 /);
    expect(await text(pump, '/streams/film', { method: 'HEAD' })).toBe('200 ');
    expect(await text(pump, '/streams/%zz')).toMatch(/^400 /);
    const refused = await until('the refusal is in the log', () =>
      pump.log().find(({ msg, url }) => msg === 'request refused' && url === '/streams/none'),
    );
    expect(refused['address']).toBe('127.0.0.1');
  });

  it('asks for passwords as one process does, and what one has asked for the next understands', async () => {
    for (let n = 0; n < 4; n++) {
      expect(await text(pump, '/streams/members')).toMatch(/^401 /);
      const Authorization = `Basic ${Buffer.from('viewer:secret').toString('base64')}`;
      await sees(watch(here, pump, 'members', { Authorization }));
    }
    const first = await fetch(`http://${pump.host}/streams/members`, { headers: { connection: 'close' } });
    const nonce = /nonce="([^"]+)"/.exec(first.headers.get('www-authenticate') ?? '')?.[1] ?? '';
    const md5 = (what: string) => createHash('md5').update(what).digest('hex');
    const uri = '/streams/members';
    const secret = md5('viewer:Stream Pump:secret');
    const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`GET:${uri}`)}`);
    const fields = `username="viewer", realm="Stream Pump", nonce="${nonce}", uri="${uri}", qop=auth, nc=00000001, cnonce="c"`;
    const viewers = [1, 2].map(() =>
      watch(here, pump, 'members', { Authorization: `Digest ${fields}, response="${response}"` }),
    );
    await sees(...viewers);
  });

  it('lets no more viewers in than a stream may have, counted over all', async () => {
    const [one, two] = [watch(here, pump, 'small'), watch(here, pump, 'small')];
    await sees(one, two);
    await until('the limit is known everywhere', async () => {
      const more = [watch(here, pump, 'small'), watch(here, pump, 'small')];
      await until('they are answered', () => more.every(({ status }) => status > 0));
      more.forEach((viewer) => viewer.close());
      return more.every(({ status }) => status === 503);
    });
    one.close();
    await until('there is room again', async () => {
      const more = watch(here, pump, 'small');
      await until('it is answered', () => more.status > 0);
      more.close();
      return more.status === 200;
    });
  });

  it('shows its viewers one by one, and sends one away, wherever it is', async () => {
    // More than either worker may still be thought to have of those before.
    const viewers = Array.from({ length: 24 }, () => watch(here, pump, 'film'));
    await sees(...viewers);
    const ids = await idsOfViewers();
    expect(new Set(ids).size).toBe(24);
    expect(new Set(ids.map((id) => id.split('.')[0]))).toEqual(new Set(['1', '2']));
    const drop = (id = '') =>
      text(pump, `/api/streams/film/viewers/${id}/drop`, { method: 'POST', headers: asOperator });
    expect(await drop(ids[0])).toMatch(/^200 /);
    await until('one is gone', () => viewers.filter(({ isOver }) => isOver).length === 1);
    expect(await drop(ids[0])).toMatch(/^404 /);
  });

  it('talks TLS in its workers', async () => {
    const options = { host: '127.0.0.1', port: pump.tlsPort, rejectUnauthorized: false, agent: false } as const;
    const come = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const asking = getByTls({ ...options, path }, (answer) => {
          answer.once('data', (chunk: Buffer) => {
            resolve(`${answer.statusCode} ${chunk.length > 0}`);
            asking.destroy();
          });
        });
        asking.on('error', reject);
      });
    expect(await come('/streams/film')).toBe('200 true');
    expect(await come('/healthz')).toBe('200 true');
  });

  it('replaces a worker that is killed, at the cost of its own viewers alone', async () => {
    await until('nobody watches', async () => (await pump.status('film')).viewers === 0);
    const viewers = Array.from({ length: 60 }, () => watch(here, pump, 'film'));
    await sees(...viewers);
    const lost = (await places(60)).filter((worker) => worker === '1').length;
    const [first = Number.NaN] = workers(pump);
    process.kill(first, 'SIGKILL');
    await until('its viewers are gone', () => viewers.filter(({ isOver }) => isOver).length === lost);
    await until('there is another', () => workers(pump)[0] !== first);
    const rest = viewers.filter(({ isOver }) => !isOver);
    await goOn('the others go on', ...rest);
    // Whoever comes next is let in where there is more room.
    const more = Array.from({ length: 10 }, () => watch(here, pump, 'film'));
    await sees(...more);
    expect(await places(rest.length + 10)).toEqual([...Array(10).fill('1'), ...Array(rest.length).fill('2')]);
    expect(rest.every(({ isOver }) => !isOver)).toBe(true);
  });
});
