// What may be done to a running pump over HTTP, by whom, and what viewers and encoders notice of it.

import { describe, expect, it } from 'vitest';
import { until } from '../../support/origin.ts';
import { openPump, type Pump } from '../../support/pump.ts';
import { encode, watch } from '../../support/pushing.ts';

const admin = { users: { ann: 'secret' } };
const ann = { Authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };
const push = (path: string, more: object = {}) => ({ path, type: 'push' as const, ...more });

const post = (pump: Pump, path: string, headers: Record<string, string> = ann) =>
  fetch(`http://127.0.0.1:${pump.port}/api/streams/${path}`, { method: 'POST', headers });
const viewersOf = async (pump: Pump, path: string, headers: Record<string, string> = ann) => {
  const answer = await fetch(`http://127.0.0.1:${pump.port}/api/streams/${path}/viewers`, { headers });
  return { status: answer.status, list: answer.ok ? await answer.json() : undefined } as {
    status: number;
    list: { viewers: Record<string, unknown>[]; left: Record<string, unknown>[] };
  };
};

describe('with the password of who runs the pump', () => {
  it('a source is restarted: its encoder comes again, its viewers stay, and the log says who did it', async () => {
    const pump = await openPump([push('town/hall')], { admin });
    const encoder = await encode(pump, 'town/hall');
    const viewer = await watch(pump, 'town/hall');
    const answer = await post(pump, 'Town/Hall/restart');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ path: 'town/hall', viewers: 1, enabled: true });
    expect(await encoder.answered).toBe(503);
    expect(pump.lines.find(({ msg }) => msg === 'done by hand')).toMatchObject({
      stream: 'town/hall',
      deed: 'restart',
      user: 'ann',
      address: '127.0.0.1',
    });
    const { packets } = viewer;
    await encode(pump, 'town/hall');
    await until(() => viewer.packets > packets);
    expect(viewer.frames).toBe('H D');
    expect((await pump.status('town/hall')).source).toMatchObject({ restarts: 1, lastError: 'restarted by hand' });
  });

  it('a stream is switched off, which all see, and on again', async () => {
    const pump = await openPump([push('hall')], { admin });
    await encode(pump, 'hall');
    const viewer = await watch(pump, 'hall');
    expect(await (await post(pump, 'hall/disable')).json()).toMatchObject({ enabled: false, state: 'idle' });
    await until(() => viewer.isOver);
    expect(viewer.frames).toBe('H D E0');
    expect(await pump.status('hall')).toMatchObject({ enabled: false, state: 'idle' });
    expect((await fetch(`http://127.0.0.1:${pump.port}/streams/hall`)).status).toBe(404);
    expect(await (await post(pump, 'hall/enable')).json()).toMatchObject({ enabled: true });
    await encode(pump, 'hall');
    await post(pump, 'hall/disable');
    await pump.renew([push('hall')], { admin });
    expect(await pump.status('hall')).toMatchObject({ enabled: true });
  });

  it('a viewer is sent away, and is on the list of those who have left', async () => {
    const pump = await openPump([push('hall')], { admin });
    await encode(pump, 'hall');
    const [one, other] = [await watch(pump, 'hall'), await watch(pump, 'hall')];
    const { list } = await viewersOf(pump, 'hall');
    expect(list).toMatchObject({ viewers: [{ id: '1', address: '127.0.0.1', wire: 'mmsh' }, { id: '2' }], left: [] });
    expect((await post(pump, 'hall/viewers/1/drop')).status).toBe(200);
    await until(() => one.isOver);
    expect([one.frames, other.isOver]).toEqual(['H D E0', false]);
    const after = (await viewersOf(pump, 'hall')).list;
    expect(after.viewers).toMatchObject([{ id: '2' }]);
    expect(after.left).toMatchObject([{ address: '127.0.0.1', reason: 'dropped' }]);
    expect((await post(pump, 'hall/viewers/1/drop')).status).toBe(404);
  });

  it('all of it is done through a trusted proxy too, from pages at its address', async () => {
    const pump = await openPump([push('hall')], { admin, trustProxy: ['127.0.0.1'] });
    const through = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'tv.example', 'X-Forwarded-For': '192.0.2.1' };
    const statusOf = async (origin: string) =>
      (await post(pump, 'hall/restart', { ...ann, ...through, Origin: origin })).status;
    expect(await statusOf('https://tv.example')).toBe(200);
    expect(await statusOf(`http://127.0.0.1:${pump.port}`)).toBe(403);
  });
});

describe('nobody else', () => {
  const deeds = ['hall/restart', 'hall/enable', 'hall/disable', 'hall/viewers/1/drop'];

  it('does any of it: not without the password, nor from elsewhere', async () => {
    const pump = await openPump([push('hall')], { admin });
    await encode(pump, 'hall');
    const viewer = await watch(pump, 'hall');
    const wrong = { Authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` };
    for (const deed of deeds) {
      expect((await post(pump, deed, {})).status).toBe(401);
      expect((await post(pump, deed, wrong)).status).toBe(401);
      expect((await fetch(`http://127.0.0.1:${pump.port}/api/streams/${deed}`, { headers: ann })).status).toBe(404);
    }
    expect((await viewersOf(pump, 'hall', {})).status).toBe(401);
    const far = await openPump([push('hall')], { admin: { ...admin, from: ['192.0.2.0/24'] } });
    for (const deed of deeds) expect((await post(far, deed)).status).toBe(403);
    expect((await viewersOf(far, 'hall')).status).toBe(403);
    expect(await pump.status('hall')).toMatchObject({ state: 'live', enabled: true, source: { restarts: 0 } });
    expect(viewer.isOver).toBe(false);
  });

  it('does any of it through the browser of somebody who may', async () => {
    const pump = await openPump([push('hall')], { admin });
    const host = `127.0.0.1:${pump.port}`;
    const statusOf = async (headers: object) => (await post(pump, 'hall/restart', { ...ann, ...headers })).status;
    expect(await statusOf({ Origin: 'http://elsewhere.example' })).toBe(403);
    expect(await statusOf({ Origin: 'null' })).toBe(403);
    expect(await statusOf({ Origin: `http://127.0.0.1:${pump.port + 1}` })).toBe(403);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(await statusOf({ 'Sec-Fetch-Site': site, Origin: `http://${host}` })).toBe(403);
    expect(await statusOf({ Origin: `https://${host}` })).toBe(403);
    expect(await statusOf({ Origin: `http://${host}` })).toBe(200);
    expect(await statusOf({ Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
  });

  it('does any of it where nobody is configured to: nothing is there', async () => {
    const pump = await openPump([push('hall')]);
    for (const deed of deeds) expect((await post(pump, deed)).status).toBe(404);
  });
});

it('who watches is told on this machine alone where nobody is configured to run the pump', async () => {
  const pump = await openPump([push('hall')], { trustProxy: ['127.0.0.1'] });
  expect((await viewersOf(pump, 'hall', {})).list).toEqual({ viewers: [], left: [] });
  expect((await viewersOf(pump, 'hall', { 'X-Forwarded-For': '192.0.2.1' })).status).toBe(403);
  const behind = await openPump([push('hall')]);
  expect((await viewersOf(behind, 'hall', { 'X-Forwarded-For': '192.0.2.1' })).status).toBe(403);
});
