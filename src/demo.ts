// What runs where no configuration is: something to watch, and an address to push to, at once and with no other program.

import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { type Config, judge } from './config.ts';
import { defineConfig } from './index.ts';

/** Both src and dist lie beside the folder of the demonstration. */
const packaged = (file: string) => fileURLToPath(new URL(`../demo/${file}`, import.meta.url));

export function demo(port: number): Config {
  const judged = judge(
    defineConfig({
      http: { port },
      streams: [
        {
          path: 'demo-asf',
          title: 'Test pictures (Windows Media)',
          type: 'file',
          url: packaged('demo.asf'),
          loop: true,
        },
        { path: 'demo-ts', title: 'Test pictures (MPEG-TS)', type: 'file', url: packaged('demo.mpegts'), loop: true },
        { path: 'demo-webm', title: 'Test pictures (WebM)', type: 'file', url: packaged('demo.webm'), loop: true },
        { path: 'live', title: 'Live', type: 'push', publish: { from: ['localhost'] } },
      ],
    }),
  );
  assert('config' in judged, 'the demonstration is a good configuration');
  return judged.config;
}
