import { expect, test } from 'vitest';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { ask, clock, dial, feed, open, request } from '../../http/stage.ts';
import { framed, headers, joins, units } from '../../support/framing.ts';
import { mkv, type Mkv, scenes } from '../../support/matroska.ts';

const webm = mkv({ docType: 'webm' }).video(1, { codec: 'V_VP8' }).audio(2, { codec: 'A_VORBIS' });

async function serve(film: Mkv, pictures: number) {
  const hall = feed('hall');
  const { port } = await open([hall], { containers: [matroska] });
  const parts = framed(matroska, Buffer.concat([film.header(), ...scenes(pictures)])).parts;
  hall.channel.opening();
  hall.channel.opened({ container: matroska, from: 'spec', over: [] });
  for (const part of parts) hall.channel.take(part);
  await clock.advance(100);
  return { port, parts, channel: hall.channel };
}

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
  const { port, parts, channel } = await serve(webm, 14);
  const viewer = await dial(port);
  viewer.say(request('GET /streams/hall'));
  await viewer.until('\r\n\r\n');
  channel.over();
  const answer = await viewer.closed;
  const body = Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1');
  const seen = framed(matroska, body);
  expect(seen.held).toBe(0);
  expect(headers(seen.parts)).toEqual(headers(parts));
  const last = joins(parts).at(-1) ?? 0;
  expect(last).toBe(10);
  expect(units(seen.parts).map(({ bytes }) => bytes)).toEqual(
    units(parts)
      .slice(last)
      .map(({ bytes }) => bytes),
  );
});
