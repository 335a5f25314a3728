// WebM, and Matroska with H.264 and AAC, in a browser: a page with a `<video>` plays the stream from wherever it is, and goes on when
// the source was interrupted.

import type { BrowserContext } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import { openBrowser, type Seen, watchIn } from '../support/browser.ts';
import { ffmpegPut, ffmpegPutAgain } from '../support/encoders.ts';
import { aged, clip, demo } from '../support/media.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, until } from '../support/stage.ts';
import { nothing } from '../support/nothing.ts';

const LOOP_SECONDS = 3;
const HOUR_SECONDS = 3600;
/** Pictures before a key frame need what came before it, as broadcasters have them. */
const more = { webm: [], mkv: ['-bf', '3', '-x264-params', 'open-gop=1'] };
const old = (path: keyof typeof more) => aged(clip(path, LOOP_SECONDS, more[path]), HOUR_SECONDS);
/** To join, on a busy machine. */
const START_MS = 15_000;
/** How old a stream is when somebody comes: older than what is sent to begin with. */
const OLD_BYTES = 130_000;
/** Until FFmpeg is missed, and has begun again; a stream whose times began again, too, would be waited for longer. */
const STANDSTILL_SECONDS = 3;

withPrograms('A browser', ['chromium', 'ffmpeg'], () => {
  const stage = openStage();
  let browser: BrowserContext;
  let pump: PumpProcess;

  beforeAll(async () => {
    const films = (['webm', 'mkv'] as const).map(
      (path) => ({ path, type: 'file', url: old(path).file, loop: true }) as const,
    );
    pump = await startPump(stage, { streams: [{ path: 'web', type: 'push' }, ...films] });
    browser = await openBrowser(stage);
  });

  function wentWell({ events, backwards }: Seen): void {
    expect(events).toEqual([]);
    expect(backwards).toBe(0);
  }

  sideBySide(
    'joins a pushed stream in its middle, and goes on when FFmpeg was killed and came back',
    ['ffmpeg'],
    async () => {
      const film = demo();
      const first = ffmpegPut(stage, film, pump.url('web_push'));
      await until('the stream is old', async () => (await pump.status('web')).source.bytes > OLD_BYTES);
      const video = await watchIn(browser, pump.url('web'));
      const joined = await video.shows(3 * film.framesPerSecond, START_MS);
      const joinedMs = performance.now();

      await first.end('SIGKILL');
      await ffmpegPutAgain(stage, film, pump, 'web');
      const before = await video.seen();
      const after = await video.shows(before.pictures + 4 * film.framesPerSecond, START_MS);

      expect(joined.firstSeconds).toBeGreaterThan(1);
      wentWell(after);
      expect(after.seconds - joined.seconds).toBeGreaterThan(
        (performance.now() - joinedMs) / 1000 - STANDSTILL_SECONDS,
      );
      expect(await pump.status('web')).toMatchObject({ viewersTotal: 1, departures: nothing, source: { restarts: 1 } });
      await video.close();
    },
  );

  for (const path of ['webm', 'mkv'] as const)
    sideBySide(
      `sees an old stream at once, and a short film that begins again and again as one: ${path}`,
      ['ffmpeg'],
      async () => {
        const video = await watchIn(browser, pump.url(path));
        const joined = await video.shows(1, START_MS);
        const after = await video.shows(2.5 * LOOP_SECONDS * old(path).framesPerSecond, START_MS);

        wentWell(after);
        expect(after.seconds).toBeGreaterThan(joined.seconds + 2 * LOOP_SECONDS);
        expect((await pump.status(path)).viewersTotal).toBe(1);
        await video.close();
      },
    );
});
