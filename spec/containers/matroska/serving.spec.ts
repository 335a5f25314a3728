import { expect, test } from 'vitest';
import { ask, dial, request } from '../../http/stage.ts';
import { headers, joins, units } from '../../support/framing.ts';
import { mkv, type Mkv, scenes } from '../../support/matroska.ts';
import { hall } from './hall.ts';

const webm = mkv({ docType: 'webm' }).video(1, { codec: 'V_VP8' }).audio(2, { codec: 'A_VORBIS' });
const serve = (film: Mkv, pictures: number) => hall(Buffer.concat([film.header(), ...scenes(pictures)]));

test('WebM is called WebM, to who asks for the head alone too, and the rest Matroska', async () => {
  const { port, channel } = await serve(webm, 12);
  expect(await ask(port, 'HEAD /streams/hall')).toContain('Content-Type: video/webm\r\n');
  const viewer = await dial(port);
  viewer.say(request('GET /streams/hall'));
  expect(await viewer.until('\r\n\r\n')).toContain('Content-Type: video/webm\r\n');
  channel.over();
  const other = await serve(mkv().video(1).audio(2), 12);
  expect(await ask(other.port, 'HEAD /streams/hall')).toContain('Content-Type: video/x-matroska\r\n');
});

test('a newcomer gets the header and all from a key frame on, in the middle of a cluster', async () => {
  const { parts, watched } = await serve(webm, 14);
  const [seen] = await watched('player');
  expect(seen?.held).toBe(0);
  expect(headers(seen?.parts ?? [])).toEqual(headers(parts));
  const last = joins(parts).at(-1) ?? 0;
  expect(last).toBe(10);
  expect(units(seen?.parts ?? []).map(({ bytes }) => bytes)).toEqual(
    units(parts)
      .slice(last)
      .map(({ bytes }) => bytes),
  );
});
