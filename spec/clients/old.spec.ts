// Streams that had run for days when somebody came: what players make of times that are large, and of times that begin again because
// their field is full while somebody watches.

import type { BrowserContext } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import { openBrowser, watchIn } from '../support/browser.ts';
import { aged, clip, demo, type Film, filmA } from '../support/media.ts';
import { mplayer, mpv, vlc } from '../support/players.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { type PumpProcess, startPump } from '../support/pump-process.ts';
import { openStage, until } from '../support/stage.ts';
import { checkedFfmpeg, showsCleanly } from '../support/watching.ts';

const MONTH_SECONDS = 30 * 86_400;
/** 33 bits of 90 kHz: 26.5 hours. 31 and 32 bits of milliseconds: 24.9 and 49.7 days, of which VLC stands still at the second, from
 *  wherever it has the stream. */
const [PTS_SECONDS, I32_SECONDS, U32_SECONDS] = [2 ** 33 / 90_000, 2 ** 31 / 1000, 2 ** 32 / 1000];
/** So long after the pump has begun times begin again: players have joined by then, on a busy machine too. */
const BEFORE_SECONDS = 12;
/** And are watched until some seconds after it. */
const WATCHED_SECONDS = 18;
const START_MS = 20_000;
/** Longer than that. */
const FILM_SECONDS = 60;

withPrograms('A stream that is old', ['ffmpeg', 'chromium'], () => {
  const stage = openStage();
  let browser: BrowserContext;
  let pump: PumpProcess;

  beforeAll(async () => {
    const films: Readonly<Record<string, Film>> = {
      tv: aged(clip('ts', FILM_SECONDS), PTS_SECONDS - BEFORE_SECONDS),
      hall: aged(filmA(), I32_SECONDS - BEFORE_SECONDS),
      older: aged(filmA(), U32_SECONDS - BEFORE_SECONDS),
      web: aged(demo(), MONTH_SECONDS),
    };
    browser = await openBrowser(stage);
    pump = await startPump(stage, {
      streams: Object.entries(films).map(
        ([path, { file }]) => ({ path, type: 'file', url: file, loop: true }) as const,
      ),
    });
  });

  const pictures = WATCHED_SECONDS * 15;
  const withinMs = WATCHED_SECONDS * 1000 + START_MS;

  for (const [path, scheme, name, play] of [
    ['tv', 'http', 'VLC', vlc],
    ['tv', 'http', 'mpv', mpv],
    ['tv', 'http', 'FFmpeg', checkedFfmpeg],
    ['hall', 'mmsh', 'VLC', vlc],
    ['older', 'mmsh', 'FFmpeg', checkedFfmpeg],
    ['hall', 'http', 'MPlayer', mplayer],
  ] as const)
    sideBySide(
      `begins its times again, and ${name} goes on: ${path} by ${scheme}://`,
      ['vlc', 'mpv', 'mplayer'],
      async () => {
        await showsCleanly(play(stage, pump.url(path, scheme)), pictures, withinMs);
      },
    );

  sideBySide('begins its times again, and the page goes on', ['chromium'], async () => {
    const page = await browser.newPage();
    await page.goto(`http://${pump.host}/#/tv`);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    const seconds = () =>
      page.locator('video').evaluate((video) => ('currentTime' in video ? Number(video.currentTime) : 0));
    await until('it plays on', async () => (await seconds()) > WATCHED_SECONDS, withinMs);
    await page.close();
  });

  sideBySide('is joined in a month that it has run by browsers and players', ['vlc', 'mpv'], async () => {
    const film = demo();
    const video = await watchIn(browser, pump.url('web'));
    const players = [vlc(stage, pump.url('web')), mpv(stage, pump.url('web'))];
    const shown = 5 * film.framesPerSecond;
    const [seen] = await Promise.all([
      video.shows(shown, START_MS),
      ...players.map((player) => showsCleanly(player, shown, START_MS)),
    ]);
    expect(seen).toMatchObject({ events: [], backwards: 0 });
    expect(seen.firstSeconds).toBeGreaterThan(MONTH_SECONDS);
    await video.close();
  });
});
