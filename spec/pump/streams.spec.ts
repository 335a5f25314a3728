// Streams that come, go and change in a pump that runs: what their viewers notice.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Tempo } from '../../src/channels/tempo.ts';
import { judge } from '../../src/config.ts';
import { planOf } from '../../src/pump/plan.ts';
import { Streams } from '../../src/pump/streams.ts';
import type { Source } from '../../src/sources/source.ts';
import { handClock, settle } from '../support/clock.ts';
import { until } from '../support/origin.ts';
import { openPump, type Pump } from '../support/pump.ts';
import { encode, watch } from '../support/pushing.ts';
import { ts } from '../support/ts.ts';
import { until as eventually } from '../support/stage.ts';
import { newFolder } from '../support/folder.ts';
import { silent } from '../support/log.ts';

const push = (path: string, more: object = {}) => ({ path, type: 'push' as const, ...more });
const statusOf = async (pump: Pump, path: string) =>
  (await fetch(`http://127.0.0.1:${pump.port}/api/streams/${path}`)).status;

describe('another configuration', () => {
  it('brings streams and takes them away, whose viewers are told the end; the others notice nothing', async () => {
    const pump = await openPump([push('stays'), push('goes')]);
    const [kept, gone] = [await encode(pump, 'stays'), await encode(pump, 'goes')];
    const [staying, going] = [await watch(pump, 'stays'), await watch(pump, 'goes')];
    await pump.renew([push('comes'), push('stays')]);
    await until(() => going.isOver);
    expect(going.frames).toBe('H D E0');
    expect(await gone.answered).toBe(503);
    expect(await statusOf(pump, 'goes')).toBe(404);
    await encode(pump, 'comes');
    expect((await watch(pump, 'comes')).frames).toBe('H D');
    const { packets } = staying;
    kept.send();
    await until(() => staying.packets > packets);
    expect(staying.frames).toBe('H D');
    expect((await pump.status('stays')).source.restarts).toBe(0);
    expect(pump.lines.find(({ msg }) => msg === 'configuration renewed')).toMatchObject({
      added: ['comes'],
      removed: ['goes'],
      changed: [],
    });
  });

  it('lists the streams in its own order', async () => {
    const pump = await openPump([push('b'), push('c')]);
    await pump.renew([push('a'), push('c'), push('b')]);
    const answer = await fetch(`http://127.0.0.1:${pump.port}/api/streams`);
    expect(await answer.json()).toMatchObject({ streams: [{ path: 'a' }, { path: 'c' }, { path: 'b' }] });
  });

  it('changes titles, limits and who may come without dropping anybody', async () => {
    const pump = await openPump([push('hall')]);
    const encoder = await encode(pump, 'hall');
    const viewer = await watch(pump, 'hall');
    await pump.renew([push('hall', { title: 'The hall', limits: { viewers: 1 }, watch: { from: ['localhost'] } })]);
    expect(await pump.status('hall')).toMatchObject({ title: 'The hall', viewers: 1, source: { restarts: 0 } });
    expect((await fetch(`http://127.0.0.1:${pump.port}/streams/hall`)).status).toBe(503);
    const { packets } = viewer;
    encoder.send();
    await until(() => viewer.packets > packets);
    await pump.renew([push('hall', { watch: { from: ['192.0.2.1'] } })]);
    expect((await fetch(`http://127.0.0.1:${pump.port}/streams/hall`)).status).toBe(403);
    expect(pump.lines.filter(({ msg }) => msg === 'configuration renewed').map(({ changed }) => changed)).toEqual([
      ['hall'],
      ['hall'],
    ]);
  });

  it('has other limits hold for those who watch already', async () => {
    const pump = await openPump([push('hall')]);
    const encoder = await encode(pump, 'hall');
    const viewer = await watch(pump, 'hall');
    await pump.renew([push('hall', { limits: { grace: '0s' } })]);
    encoder.breakOff();
    await until(() => viewer.isOver);
    expect(viewer.frames).toBe('H D E0');
  });

  it('tells at once who waits for a stream that is taken away', async () => {
    const away = { path: 'hall', type: 'pull', url: 'http://127.0.0.1:1/', onDemand: true } as const;
    const pump = await openPump([away, push('other')]);
    const answer = fetch(`http://127.0.0.1:${pump.port}/streams/hall`);
    await until(() => pump.lines.some(({ msg }) => msg === 'source failed')); // it was opened for him
    await pump.renew([push('other')]);
    expect((await answer).status).toBe(503);
  });

  it('takes a stream from another source, and its viewers go on in the same response', async () => {
    const first = await openPump([push('a'), push('b')]);
    await encode(first, 'a');
    await encode(first, 'b');
    const pull = (path: string) =>
      ({ path: 'hall', type: 'pull', url: `mmsh://127.0.0.1:${first.port}/streams/${path}` }) as const;
    const second = await openPump([pull('a')]);
    await eventually('it is live', async () => (await second.status('hall')).state === 'live');
    const viewer = await watch(second, 'hall');
    const { packets } = viewer;
    await second.renew([pull('b')]);
    await until(() => viewer.packets > packets);
    expect(viewer.frames).toBe('H D');
    expect((await second.status('hall')).source).toMatchObject({ url: pull('b').url, restarts: 1 });
    expect((await first.status('a')).viewers).toBe(0);
  });

  it('opens another file where the one before is over', async () => {
    const folder = newFolder(onTestFinished);
    const [first, second] = ['first.ts', 'second.ts'].map((name) => join(folder, name));
    for (const url of [first, second]) writeFileSync(url ?? '', ts().tables().second(0).bytes);
    const playing = (url = '') => [{ path: 'film', type: 'file' as const, url }];
    const pump = await openPump(playing(first));
    await until(() => pump.lines.some(({ msg, from }) => msg === 'source ended' && from === first));
    await pump.renew(playing(second));
    await until(() => pump.lines.some(({ msg, from }) => msg === 'source opened' && from === second));
  });

  it('switches a stream off, which ends it for its viewers and its encoder, and on again', async () => {
    const pump = await openPump([push('hall')]);
    const encoder = await encode(pump, 'hall');
    const viewer = await watch(pump, 'hall');
    await pump.renew([push('hall', { enabled: false })]);
    await until(() => viewer.isOver);
    expect(viewer.frames).toBe('H D E0');
    expect(await encoder.answered).toBe(503);
    expect((await fetch(`http://127.0.0.1:${pump.port}/streams/hall`)).status).toBe(404);
    await pump.renew([push('hall')]);
    await encode(pump, 'hall');
    expect((await watch(pump, 'hall')).frames).toBe('H D');
  });

  it('goes by other rules at once: who may do and read what, which groups are relayed, where visits are written', async () => {
    const folder = newFolder(onTestFinished);
    const files = ['one.log', 'two.log'].map((name) => join(folder, name));
    const [one = '', two = ''] = files;
    const pump = await openPump([push('hall')], { accessLog: { file: one } });
    await encode(pump, 'hall');
    const asked = async (path: string, init: RequestInit = {}) =>
      (await fetch(`http://127.0.0.1:${pump.port}${path}`, { redirect: 'manual', ...init })).status;
    const statuses = async () => [
      await asked('/api/streams/hall/restart', { method: 'POST' }),
      await asked('/metrics'),
      await asked('/239.0.0.1/5000'),
      await asked('/nowhere'),
      await asked('/api/streams/hall/viewers', { headers: { 'X-Forwarded-For': '192.0.2.1' } }),
    ];
    const described = async () =>
      Object.keys(JSON.parse(await (await fetch(`http://127.0.0.1:${pump.port}/api`)).text()).paths).length;
    const addresses = await described();
    expect(await statuses()).toEqual([404, 200, 404, 404, 403]);
    const users = { operator: 'secret' };
    const rules = {
      admin: { users },
      metrics: { users },
      relay: { groups: ['239.1.0.0/16'] },
      redirect404To: 'http://example.org/',
    };
    const leave = async () => {
      const viewer = await watch(pump, 'hall');
      viewer.close();
    };
    await leave();
    await until(() => readFileSync(one, 'utf8').includes('/streams/hall'));
    await pump.renew([push('hall')], { ...rules, accessLog: { file: two } });
    expect(await statuses()).toEqual([401, 401, 403, 302, 401]);
    expect(await described()).toBeGreaterThan(addresses);
    await leave();
    await until(() => readFileSync(two, 'utf8').includes('/streams/hall'));
    const line = readFileSync(two, 'utf8');
    // What cannot be written leaves the old one in place.
    await pump.renew([push('hall')], { accessLog: { file: join(folder, 'none', 'x.log') } });
    expect(pump.lines.some(({ msg }) => msg === 'the access log stays as it was')).toBe(true);
    expect(await statuses()).toEqual([404, 200, 404, 404, 403]);
    await leave();
    await until(() => readFileSync(two, 'utf8').length > line.length);
    expect(readFileSync(one, 'utf8').split('\n')).toHaveLength(2);
    expect(pump.lines.filter(({ msg }) => /needs a restart/.test(String(msg)))).toEqual([]);
  });

  it('says what of it needs a restart', async () => {
    const pump = await openPump([push('hall')]);
    await pump.renew([push('hall')], { group: 'nogroup', workers: 2, trustProxy: ['192.0.2.1'] });
    expect(pump.lines.find(({ msg }) => /needs a restart/.test(String(msg)))).toMatchObject({
      level: 40,
      changed: ['group', 'workers'],
    });
  });
});

it('a source that is restarted while the pump stops stays closed', async () => {
  const opened: string[] = [];
  const source: Source = {
    url: 'spec',
    afterwards: 'wait',
    open: (signal) =>
      new Promise((_, reject) => {
        opened.push('spec');
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const judged = judge({ streams: [push('hall')] });
  assert('config' in judged);
  const plans = judged.config.streams.map((stream) => ({ ...planOf(stream, undefined), source: () => source }));
  const log = silent;
  const streams = new Streams(plans, {
    log,
    clock: handClock(),
    self: 'pump-here',
    untilOver: false,
    tempo: new Tempo(),
  });
  streams.run();
  await until(() => opened.length === 1);
  streams.restart('hall', 'by hand');
  await until(() => opened.length === 2);
  await streams.end();
  streams.restart('hall', 'by hand');
  await settle();
  expect(opened).toHaveLength(2);
});

it('a stream that is switched off is in the way of none that has its path', async () => {
  const pump = await openPump([push('hall'), push('Hall', { enabled: false })]);
  await encode(pump, 'hall');
});
