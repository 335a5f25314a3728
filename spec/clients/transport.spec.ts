// MPEG transport streams in players: pushed by FFmpeg, over an interruption, and from a file that begins again and again.

import { expect } from 'vitest';
import { ffmpegPut, ffmpegPutAgain } from '../support/encoders.ts';
import { clip, multiplex } from '../support/media.ts';
import { ffmpeg, mplayer, mpv, shows, vlc } from '../support/players.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { openStage, until } from '../support/stage.ts';
import { allShowMore, checkedFfmpeg, neverBackwards, showsCleanly } from '../support/watching.ts';
import { nothing } from '../support/nothing.ts';

/** Opening, and a machine that is busy with all the others. */
const START_MS = 20_000;
/** Longer than FFmpeg sends before it begins again. */
const FILM_SECONDS = 60;
/** What FFmpeg watches without a word, in all. */
const WATCHED_SECONDS = 20;

withPrograms('A transport stream', ['ffmpeg', 'vlc', 'mpv'], () => {
  const stage = openStage();

  sideBySide(
    'that FFmpeg pushes goes on in the same connections when FFmpeg was killed and came back',
    ['vlc'],
    async () => {
      const film = clip('ts', FILM_SECONDS);
      const pump = await startPump(stage, { streams: [{ path: 'tv', type: 'push' }] });
      const first = ffmpegPut(stage, film, pump.url('tv_push'));
      await until('it is old', async () => (await pump.status('tv')).source.bytes > 150_000);
      const watching = ffmpeg(stage, pump.url('tv'));
      const all = [watching, vlc(stage, pump.url('tv')), mpv(stage, pump.url('tv'))];
      await allShowMore(all, 10 * 15, START_MS);
      await first.end('SIGKILL');
      await ffmpegPutAgain(stage, film, pump, 'tv');
      await allShowMore(all, 10 * 15, START_MS);

      expect(await pump.status('tv')).toMatchObject({ viewersTotal: 3, departures: nothing, source: { restarts: 1 } });
      const complaints = watching.complaints();
      await Promise.all(all.map((player) => player.stop()));
      neverBackwards(watching.frames());
      expect(watching.frames()[0]).toMatchObject({ key: true });
      expect(complaints).toEqual([]);
    },
  );

  sideBySide('from a file is shown by FFmpeg over two loops and more without a word', ['ffmpeg'], async () => {
    const film = clip('ts', 8);
    const pump = await startPump(stage, { streams: [{ path: 'film', type: 'file', url: film.file, loop: true }] });
    await pump.live('film');
    const watching = ffmpeg(stage, pump.url('film'));
    await shows(watching, WATCHED_SECONDS * film.framesPerSecond, START_MS + WATCHED_SECONDS * 1000);
    const complaints = watching.complaints();
    await watching.stop();
    expect(complaints).toEqual([]);
    neverBackwards(watching.frames());
  });

  sideBySide('of one program among several is a stream of its own in every player', ['mplayer'], async () => {
    const film = multiplex(9);
    const source = { type: 'file', url: film.file, loop: true, limits: { dropNull: true } } as const;
    const pump = await startPump(stage, {
      streams: [
        { path: 'two', ...source, program: 2 },
        { path: 'three', ...source, program: 3 },
      ],
    });
    await pump.live('two');
    const url = pump.url('two');
    // MPlayer reads 2 MB to see what is in a transport stream, unless it is told to read less.
    const all = [checkedFfmpeg(stage, url), vlc(stage, url), mplayer(stage, url, ['-tsprobe', '100000'])];
    const pictures = WATCHED_SECONDS * film.framesPerSecond;
    await Promise.all(all.map((player) => showsCleanly(player, pictures, START_MS + WATCHED_SECONDS * 1000)));

    const { tracks, report } = await pump.status('two');
    expect(tracks.map(({ id }) => id)).toEqual([0x102, 0x103]);
    expect(report).toMatchObject({ services: [{ id: 2, name: 'Two' }] });
    expect((await pump.status('three')).source.lastError).toMatch(/^program 3 is not .* which has programs 1, 2/);
  });
});
