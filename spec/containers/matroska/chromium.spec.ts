// A stream that is an hour old, as Chromium is sent it and as others are.

import { expect, test } from 'vitest';
import { headers, units } from '../../support/framing.ts';
import { mkv, type VideoShape } from '../../support/matroska.ts';
import { cluster, element, group, simple, uint } from '../../support/matroska-elements.ts';
import { hall } from './hall.ts';
import { blocksOf, elementsOf, headerOf, within } from './reading.ts';

const CHROME =
  'Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36';
const HOUR = 3_600_000;
const picture = (at: number, key = false) => simple(1, at, { key });
const sound = (at: number) => simple(2, at, { key: true });
const old = cluster(HOUR, picture(0, true), sound(10), picture(40), sound(30), picture(80));

async function sent(agent: string, clusters: readonly Buffer[], shape: VideoShape = {}) {
  const film = mkv().video(1, shape).audio(2);
  const { watched } = await hall(Buffer.concat([film.header(), ...clusters]));
  const [seen] = await watched(agent);
  const parts = seen?.parts ?? [];
  const blocks = units(parts).flatMap(({ bytes }) => blocksOf(bytes).blocks);
  return { parts, told: blocks.map(({ track, at }) => `${track}@${at}`), bytes: blocks.map(({ payload }) => payload) };
}

test('H.264 begins near 0 for Chromium, whenever it comes, and is the same otherwise', async () => {
  const own = await sent(CHROME, [old]);
  const other = await sent('VLC/3.0.18', [old]);
  expect(other.told).toEqual(['1@3600000', '2@3600010', '1@3600040', '2@3600030', '1@3600080']);
  expect(own.told).toEqual(['1@200', '2@210', '1@240', '2@230', '1@280']);
  expect(own.bytes).toEqual(other.bytes);
});

test('what is counted in other ticks begins as near', async () => {
  const film = mkv({ scale: 10_000_000 }).video(1);
  const { watched } = await hall(Buffer.concat([film.header(), cluster(HOUR, picture(0, true), picture(4))]));
  const [seen] = await watched(CHROME);
  expect(units(seen?.parts ?? []).map(({ bytes }) => blocksOf(bytes).blocks[0]?.at)).toEqual([20, 24]);
});

test("what one is sent is nobody else's", async () => {
  const { watched, parts } = await hall(Buffer.concat([mkv().video(1).header(), old]));
  const [own, other, alike] = await watched(CHROME, 'player', CHROME);
  expect(units(other?.parts ?? [])).toEqual(units(parts));
  expect(own).not.toEqual(other);
  expect(alike).toEqual(own);
});

test('a beginning earlier than 0.2 s stays where it is', async () => {
  const { told } = await sent(CHROME, [cluster(50, picture(0, true), picture(40))]);
  expect(told).toEqual(['1@50', '1@90']);
});

test('pictures that lead up to the key frame it begins with are left out, and later ones that are shown early are not', async () => {
  const open = [picture(120, true), simple(1, 40), group(1, 80), sound(60), picture(200), picture(160)];
  const again = [picture(320, true), picture(280), sound(300)];
  const { told, parts } = await sent(CHROME, [cluster(HOUR, ...open, ...again)]);
  expect(told).toEqual(['1@200', '2@140', '1@280', '1@240', '1@400', '1@360', '2@380']);
  const everything = await sent('player', [cluster(HOUR, ...open, ...again)]);
  const lengths = (all: typeof parts) => units(all).reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(lengths(everything.parts)).toBeGreaterThan(lengths(parts));
  expect(everything.told).toHaveLength(told.length + 2);
});

test.each<[string, number | undefined, number]>([
  ['no length', undefined, 199_000_000],
  ['five a second', 200_000_000, 199_000_000],
  ['25 a second', 40_000_000, 40_000_000],
])('with pictures of %s it is told one that it does not wait for', async (_, defaultDuration, told) => {
  const { parts } = await sent(CHROME, [old], defaultDuration === undefined ? {} : { defaultDuration });
  const [header = Buffer.alloc(0)] = headers(parts);
  const tracks = elementsOf(within(headerOf(header).segment, 0x1654ae6b) ?? Buffer.alloc(0));
  const [video, audio] = tracks.map(({ data }) => elementsOf(data));
  expect(within(video ?? [], 0x23e383)).toEqual(uint(told));
  expect(within(audio ?? [], 0x23e383)).toBeUndefined();
});

test('sums over what was changed are left out', async () => {
  const film = mkv().track(
    element('bf', Buffer.alloc(4)),
    element('d7', uint(1)),
    element('83', uint(1)),
    element('86', 'V_MPEG4/ISO/AVC'),
  );
  const { watched } = await hall(Buffer.concat([film.header(), old]));
  const [seen] = await watched(CHROME);
  const [header = Buffer.alloc(0)] = headers(seen?.parts ?? []);
  const [video] = elementsOf(within(headerOf(header).segment, 0x1654ae6b) ?? Buffer.alloc(0));
  expect(elementsOf(video?.data ?? Buffer.alloc(0)).map(({ id }) => id)).toEqual([0xd7, 0x83, 0x86, 0x23e383]);
});

test('other pictures are what everybody gets', async () => {
  const shape = { codec: 'V_VP8' };
  expect(await sent(CHROME, [old], shape)).toEqual(await sent('VLC/3.0.18', [old], shape));
});
