// A pump's stream with somebody who pushes it and somebody who watches it, each a few lines long.

import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { asf } from './asf.ts';
import { frame, pushed } from './mmsh.ts';
import { until as soon } from './origin.ts';
import type { Pump } from './pump.ts';
import { watchRaw } from './raw-viewer.ts';
import { until } from './stage.ts';

const film = asf().video(1).audio(2);

/** An encoder whose stream is live. */
export async function encode(pump: Pump, path: string) {
  const options = { port: pump.port, host: '127.0.0.1', method: 'POST', path: `/streams/${path}_push` };
  const encoder = request(options).on('error', () => {});
  onTestFinished(() => void encoder.destroy());
  const answered = new Promise<number | undefined>((resolve) => encoder.on('response', (r) => resolve(r.statusCode)));
  encoder.write(pushed(film.header(), film.packets(5)));
  await until(`${path} is live`, async () => (await pump.status(path)).state === 'live');
  const send = () => void encoder.write(Buffer.concat(film.packets(3).map((packet) => frame('D', packet))));
  return { send, answered, breakOff: () => encoder.destroy() };
}

/** A viewer who gets the stream. */
export async function watch(pump: Pump, path: string) {
  const viewer = watchRaw(`127.0.0.1:${pump.port}`, `/streams/${path}?burst=0s`);
  onTestFinished(() => viewer.close());
  await soon(() => viewer.packets > 0);
  return viewer;
}
