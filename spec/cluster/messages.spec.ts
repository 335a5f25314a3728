// What the processes of a pump tell each other, which may be of two builds.

import { expect, it } from 'vitest';
import { MESSAGES } from '../../src/cluster/messages.ts';
import { shareOf } from '../../src/cluster/share.ts';
import { judge } from '../../src/config.ts';
import { planOf } from '../../src/pump/plan.ts';

/** Each key, with the kind of what stands there. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, shape(below)]));
}

it('has a worker of another build refused, wherever the configuration that it is told has another shape', () => {
  const access = { users: { guest: 'secret' }, from: ['10.0.0.0/8'] };
  const judged = judge({
    http: {},
    https: { selfSigned: true },
    redirect404To: 'http://example.org/',
    trustProxy: ['10.0.0.1'],
    accessLog: { file: 'access.log' },
    streams: [
      { path: 'hall', type: 'push', title: 'Hall', container: 'mpegts', watch: access, limits: { dropNull: true } },
    ],
  });
  if ('mistakes' in judged) throw new Error(judged.mistakes.join('\n'));
  const { config } = judged;
  const told = shareOf(
    config,
    config,
    config.streams.map((stream) => planOf(stream, undefined)),
    '/inside',
  );
  // It has been left out before a worker gets it.
  expect([config, told].map(({ streams: [hall] }) => hall?.limits.dropNull)).toEqual([true, false]);
  // Who has to change this counts MESSAGES up.
  expect({ MESSAGES, told: shape(told) }).toMatchInlineSnapshot(`
    {
      "MESSAGES": 2,
      "told": {
        "accessLog": {
          "file": "string",
          "format": "string",
        },
        "http": {
          "host": "string",
          "port": "number",
        },
        "https": {
          "certificate": "string",
          "host": "string",
          "port": "number",
        },
        "redirect404To": "string",
        "streams": [
          {
            "container": "string",
            "enabled": "boolean",
            "limits": {
              "attachmentBytes": "number",
              "backlogBytes": "number",
              "burstMs": "number",
              "delayMs": "number",
              "dropNull": "boolean",
              "graceMs": "number",
              "slow": "string",
              "viewers": "number",
            },
            "onDemand": "boolean",
            "path": "string",
            "title": "string",
            "type": "string",
            "url": "string",
            "watch": {
              "from": [
                "string",
              ],
              "users": {
                "guest": "string",
              },
            },
          },
        ],
        "trustProxy": [
          "string",
        ],
        "workers": "number",
      },
    }
  `);
});
