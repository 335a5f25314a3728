import { expect, it } from 'vitest';
import type { Ask } from '../../../src/containers/manners.ts';
import { mpegts } from '../../../src/containers/mpegts/index.ts';

const ask = (agent?: string, method = 'GET'): Ask => ({
  method,
  url: '/streams/tv',
  httpVersion: '1.1',
  headers: agent === undefined ? {} : { 'user-agent': [agent] },
});

it('FFmpeg is let go when other tables come; all others are told them in the stream', () => {
  const watch = (of: Ask) => mpegts.manners?.watch?.(of);
  expect(watch(ask('Lavf/59.27.100'))).toMatchObject({ kind: 'stream', follows: false });
  for (const agent of [undefined, 'VLC/3.0.24 LibVLC/3.0.24', 'GStreamer souphttpsrc 1.22']) {
    expect(watch(ask(agent))).toBeUndefined();
  }
  expect(watch(ask('Lavf/59.27.100', 'POST'))).toBeUndefined();
});
