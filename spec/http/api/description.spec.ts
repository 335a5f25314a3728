// `GET /api` tells what there is: every address, nothing else, and answers of just these shapes.

import { describe, expect, it } from 'vitest';
import { routes } from '../../../src/http/app.ts';
import { rows } from '../../../src/http/api/rows.ts';
import { openMeans } from '../../../src/http/means.ts';
import type { Relay } from '../../../src/http/stream.ts';
import * as shapes from '../../../src/http/api/shapes.ts';
import { clock, ask, feed, open, openHall } from '../stage.ts';
import { openPump } from '../../support/pump.ts';
import { encode, watch } from '../../support/pushing.ts';
import { silent } from '../../support/log.ts';

const admin = { access: { users: { ann: 'secret' } }, restart: () => {}, enable: () => Promise.resolve() };
const relay: Relay = {
  groups: ['239.0.0.0/8'],
  watch: {},
  timeoutMs: 2000,
  contentType: 'video/mp2t',
  allowOrigin: '*',
  open: () => feed('group').stream,
};
const options = {
  streams: new Map(),
  containers: [],
  self: 'pump-here',
  log: silent,
  clock,
  rules: () => ({ admin, relay }),
  connections: () => 0,
};

/** An address of this kind. */
const instance = (at: string) =>
  at
    .replace('{path}', 'hall')
    .replace('{id}', '1')
    .replace('{file}', 'main.js')
    .replace('{form}', 'm3u')
    .replace('{group}', '224.1.1.1')
    .replace('{port}', '1234')
    .replace('{place}', '224.1.1.1:1234');

describe('the description', () => {
  it('has every address that is answered, with all its methods', () => {
    const described = rows.flatMap(({ at, methods }) =>
      methods.map((method) => ({ at, method: method.toUpperCase() })),
    );
    const missing = routes(openMeans(options, new AbortController().signal)).stack.flatMap(
      ({ regexp, methods, path }) =>
        methods
          .filter((method) => method !== 'HEAD') // goes with GET
          .filter((method) => !described.some((row) => row.method === method && regexp?.test(instance(row.at))))
          .map((method) => `${method} ${String(path)}`),
    );
    expect(missing).toEqual([]);
  });

  it('has none that is not answered as it says', async () => {
    const { port } = await openHall({ admin, relay });
    const headers = { Authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };
    for (const { at, methods, also = {} } of rows)
      for (const method of methods) {
        const verb =
          ['/streams/{path}', '/api/events'].includes(at) && method === 'get' ? 'HEAD' : method.toUpperCase();
        const answer = await ask(port, `${verb} ${instance(at)}`, headers);
        const status = Number(answer.slice(9, 12));
        expect([200, ...Object.keys(also).map(Number)], `${verb} ${at}: ${answer}`).toContain(status);
        expect(answer).not.toContain('There is nothing here');
      }
  });

  it('is OpenAPI, and leaves out what is not configured', async () => {
    const { port } = await open([]);
    const answer = JSON.parse((await ask(port, 'GET /api')).split('\r\n\r\n')[1] ?? '');
    expect(answer).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Stream Pump', version: expect.any(String) },
      paths: {
        '/api/streams/{path}': {
          get: {
            parameters: [{ name: 'path', in: 'path', required: true }],
            responses: {
              200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/stream' } } } },
            },
          },
        },
      },
      components: { schemas: { stream: { type: 'object', properties: { path: { type: 'string' } } } } },
    });
    expect(Object.keys(answer.paths).filter((at) => /restart|drop|group/.test(at))).toEqual([]);
  });
});

it('answers are of the shapes that are described', async () => {
  const pump = await openPump([
    { path: 'hall', type: 'push', title: 'The hall' },
    { path: 'off', type: 'push', enabled: false },
    { path: 'film', type: 'file', url: 'demo/demo.mpegts', loop: true },
  ]);
  const encoder = await encode(pump, 'hall');
  const [gone] = [await watch(pump, 'hall'), await watch(pump, 'hall')];
  gone.close();
  encoder.send();
  await expect.poll(() => pump.status('film')).toMatchObject({ state: 'live', report: {} });
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${pump.port}/api/${path}`)).json();
  shapes.streams.parse(await get('streams'));
  shapes.stream.parse(await get('streams/hall'));
  await expect.poll(() => get('streams/hall/viewers')).toMatchObject({ viewers: [{}], left: [{}] });
  shapes.viewers.parse(await get('streams/hall/viewers'));
});
