// MPEG transport streams in players: pushed by FFmpeg, over an interruption, and from a file that begins again and again.

import { expect } from 'vitest';
import { ffmpegPut, ffmpegPutAgain } from '../support/encoders.ts';
import { clip } from '../support/media.ts';
import { ffmpeg, mpv, shows, vlc } from '../support/players.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { startPump } from '../support/pump-process.ts';
import { openStage, until } from '../support/stage.ts';
import { allShowMore, neverBackwards } from '../support/watching.ts';

/** Opening, and a machine that is busy with all the others. */
const START_MS = 20_000;
/** Longer than FFmpeg sends before it begins again. */
const FILM_SECONDS = 40;

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
      await allShowMore(all, 4 * 15, START_MS);
      await first.end('SIGKILL');
      await ffmpegPutAgain(stage, film, pump, 'tv');
      await allShowMore(all, 4 * 15, START_MS);

      expect(await pump.status('tv')).toMatchObject({ viewersTotal: 3, departures: {}, source: { restarts: 1 } });
      const complaints = watching.complaints();
      await Promise.all(all.map((player) => player.stop()));
      neverBackwards(watching.frames());
      expect(watching.frames()[0]).toMatchObject({ key: true });
      expect(complaints).toEqual([]);
    },
  );

  sideBySide('from a file is shown by FFmpeg over two loops without a word', ['ffmpeg'], async () => {
    const film = clip('ts', 4);
    const pump = await startPump(stage, { streams: [{ path: 'film', type: 'file', url: film.file, loop: true }] });
    await pump.live('film');
    const watching = ffmpeg(stage, pump.url('film'));
    await shows(watching, 10 * film.framesPerSecond, START_MS);
    const complaints = watching.complaints();
    await watching.stop();
    expect(complaints).toEqual([]);
    neverBackwards(watching.frames());
  });
});
