// Matroska and WebM in players that are no browsers: pushed by FFmpeg and by GStreamer, and from files that several programs made.

import { beforeAll, expect } from 'vitest';
import { ffmpegIcecast, ffmpegPut, ffmpegPutAgain, gstreamerPut, libshout } from '../support/encoders.ts';
import { clip, demo, type Film } from '../support/media.ts';
import { muxed, muxers } from '../support/muxers.ts';
import { ffmpeg, mplayer, mpv, type Play, type Player, shows, vlc } from '../support/players.ts';
import { type Program, sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, type Stage, until } from '../support/stage.ts';
import { allShowMore, checkedFfmpeg, neverBackwards, showsCleanly } from '../support/watching.ts';
import { nothing } from '../support/nothing.ts';

const SECONDS = 8;
/** Opening, and a machine that is busy with all the others. */
const START_MS = 15_000;
/** Longer than FFmpeg sends before it begins again. */
const FILM_SECONDS = 40;

const players: readonly { readonly name: string; readonly needs: Program; readonly play: Play }[] = [
  { name: 'FFmpeg', needs: 'ffmpeg', play: checkedFfmpeg },
  { name: 'VLC', needs: 'vlc', play: vlc },
  { name: 'MPlayer', needs: 'mplayer', play: mplayer },
  { name: 'mpv', needs: 'mpv', play: mpv },
];

/** It is so old that its beginning is not sent any more. */
async function isOld(pump: PumpProcess, path: string): Promise<void> {
  const bytes = 150_000;
  await until(`${path} is old`, async () => (await pump.status(path)).source.bytes > bytes);
}

withPrograms('A Matroska stream that FFmpeg pushes', ['ffmpeg'], () => {
  const stage = openStage();
  let pump: PumpProcess;
  const films: Record<string, { readonly what: string; readonly film: () => Film }> = {
    vp9: { what: 'VP9 and Opus', film: demo },
    vp8: { what: 'VP8 and Vorbis', film: () => clip('webm', FILM_SECONDS) },
    h264: { what: 'H.264 and AAC', film: () => clip('mkv', FILM_SECONDS) },
  };

  beforeAll(async () => {
    pump = await startPump(stage, { streams: Object.keys(films).map((path) => ({ path, type: 'push' })) });
    for (const [path, { film }] of Object.entries(films)) ffmpegPut(stage, film(), pump.url(`${path}_push`));
    await Promise.all(Object.keys(films).map((path) => isOld(pump, path)));
  });

  for (const [path, { what, film }] of Object.entries(films)) {
    for (const { name, needs, play } of players) {
      sideBySide(`is shown by ${name} for ${SECONDS} s: ${what}`, [needs], async () => {
        const pictures = SECONDS * film().framesPerSecond;
        await showsCleanly(play(stage, pump.url(path)), pictures, SECONDS * 1000 + START_MS);
      });
    }
  }
});

/** mpv says that there was no sound for a while, and what may be the reason. */
const SILENCE = /Invalid audio PTS|desynchronisation detected|hardware, temporary CPU|position will not match/;

withPrograms('A Matroska stream whose FFmpeg is killed and started again', ['ffmpeg', 'vlc', 'mpv'], () => {
  const stage = openStage();
  const films: Record<string, () => Film> = {
    webm: () => clip('webm', FILM_SECONDS),
    mkv: () => clip('mkv', FILM_SECONDS),
  };

  for (const [path, film] of Object.entries(films)) {
    sideBySide(`goes on in the same connections: ${path}`, ['ffmpeg'], async () => {
      const pump = await startPump(stage, { streams: [{ path, type: 'push' }] });
      const first = ffmpegPut(stage, film(), pump.url(`${path}_push`));
      await isOld(pump, path);
      const watching = ffmpeg(stage, pump.url(path));
      const all = [watching, vlc(stage, pump.url(path)), mpv(stage, pump.url(path))];
      await allShowMore(all, 4 * 15, START_MS);
      await first.end('SIGKILL');
      await ffmpegPutAgain(stage, film(), pump, path);
      await allShowMore(all, 4 * 15, START_MS);

      const complaints = all.map((player) => player.complaints());
      expect(await pump.status(path)).toMatchObject({
        viewersTotal: all.length,
        departures: nothing,
        source: { restarts: 1 },
      });
      await Promise.all(all.map((player) => player.stop()));
      neverBackwards(watching.frames());
      expect(complaints.flat().filter((line) => !SILENCE.test(line))).toEqual([]);
    });
  }
});

/** Of these films; nobody waits longer for a first picture. */
const KEY_SECONDS = 1;
/** When the newcomer comes, and how long it stays: until the film of 6 s has begun again. */
const JOIN_SECONDS = 3.5;
const LOOP_SECONDS = 5;
/** Until a picture that was sent is told by who watches all along. */
const LAG_SECONDS = 0.5;

withPrograms('A Matroska file', ['ffmpeg'], () => {
  const stage = openStage();

  for (const [name, muxer] of Object.entries(muxers)) {
    sideBySide(`by ${name} is joined at the nearest key frame, and begins again`, [muxer.needs], async () => {
      await isJoinedAtOnce(stage, await muxed(stage, name, muxer));
    });
  }
});

async function isJoinedAtOnce(stage: Stage, { file, framesPerSecond }: Film): Promise<void> {
  const pump = await startPump(stage, { streams: [{ path: 'film', type: 'file', url: file, loop: true }] });
  await pump.live('film');
  // Times as they are in the stream; decoding in several threads would hold pictures back.
  const watch = () => ffmpeg(stage, pump.url('film?burst=0s'), ['-copyts', '-threads', '1']);
  const allAlong = watch();
  const now = () => allAlong.frames().at(-1)?.seconds ?? 0;
  await shows(allAlong, JOIN_SECONDS * framesPerSecond, START_MS);

  const from = now();
  const newcomer = watch();
  await until('the newcomer has come', async () => (await pump.status('film')).viewers === 2, START_MS, 25);
  const to = now();
  await shows(newcomer, LOOP_SECONDS * framesPerSecond, START_MS);

  const [first] = newcomer.frames();
  const complaints = [allAlong, newcomer].map((player: Player) => player.complaints());
  await Promise.all([allAlong, newcomer].map((player) => player.stop()));
  expect(first).toMatchObject({ key: true });
  expect(first?.seconds).toBeGreaterThan(from - KEY_SECONDS - LAG_SECONDS);
  expect(first?.seconds).toBeLessThan(to + KEY_SECONDS + LAG_SECONDS);
  neverBackwards(newcomer.frames());
  expect(complaints).toEqual([[], []]);
}

withPrograms('GStreamer', ['gst-launch-1.0', 'ffmpeg'], () => {
  const stage = openStage();

  sideBySide('pushes WebM by its souphttpclientsink, and FFmpeg shows it', ['ffmpeg'], async () => {
    const pump = await startPump(stage, { streams: [{ path: 'cam', type: 'push' }] });
    // One stream, though it comes in many requests.
    const sending = gstreamerPut(stage, pump.url('cam_push'));
    await pump.live('cam');
    const player = checkedFfmpeg(stage, pump.url('cam'));
    await showsCleanly(player, 5 * 15, START_MS);
    expect(sending.isOver).toBe(false);
    expect(sending.err).toBe('');
    expect((await pump.status('cam')).source.restarts).toBe(0);
  });
});

withPrograms('A source of Icecast', ['gst-launch-1.0', 'ffmpeg'], () => {
  const stage = openStage();
  const sources = { 'FFmpeg’s icecast://': ffmpegIcecast, 'libshout in GStreamer': libshout };

  for (const [name, send] of Object.entries(sources)) {
    sideBySide(`pushes WebM: ${name}`, ['ffmpeg'], async () => {
      const publish = { users: { source: 'hackme' } };
      const pump = await startPump(stage, { streams: [{ path: 'radio', type: 'push', publish }] });
      const sending = send(stage, demo(), pump.url('radio_push'));
      await pump.live('radio');
      await showsCleanly(checkedFfmpeg(stage, pump.url('radio')), 3 * demo().framesPerSecond, START_MS);
      expect(sending.isOver).toBe(false);
      expect((await pump.status('radio')).source).toMatchObject({ restarts: 0, losses: nothing });
    });
  }
});
