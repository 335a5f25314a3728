// The page in Chromium, as somebody sees it who has just started a pump, who runs one, and who runs a large one.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { openCrowd } from '../support/page-crowd.ts';
import { sideBySide, withPrograms } from '../support/programs.ts';
import { command, startPump } from '../support/pump-process.ts';
import { freePort, openStage, until } from '../support/stage.ts';

/** After a click, until pictures are shown. */
const PLAY_MS = 5000;
/** From the end of a source until the page says so. */
const LOST_MS = 2000;
/** Of the processor, for each second that the page is open: script, and all that the tab does. */
const MOST_SCRIPT_MS = 100;
const MEASURE_SECONDS = 5;
const FIRST_LOAD_BYTES = 100_000;

const film = fileURLToPath(new URL('../../demo/demo.mpegts', import.meta.url));

withPrograms('The page', ['chromium'], () => {
  const stage = openStage();
  let browser: BrowserContext;

  beforeAll(async () => {
    browser = await openBrowser(stage);
  });

  // The demonstration has a port of its own, which is free in a network of its own.
  sideBySide('of a pump without configuration shows what there is, and plays it', ['multicast'], async () => {
    const home = join(stage.folder, 'home');
    mkdirSync(home);
    const pump = command(stage, [], home);
    await until('the pump listens', () => pump.out.includes('localhost:8086/streams/live_push'));
    const { page, asked, faults } = await open('http://127.0.0.1:8086/');
    const bytes = bytesOf(page);
    for (const name of ['Windows Media', 'MPEG-TS', 'WebM'])
      await page.getByRole('link', { name: `Test pictures (${name})` }).waitFor();
    await page.locator('.row', { hasText: 'No encoder has pushed yet' }).waitFor();
    await page.locator('.row[data-state=live]').nth(2).waitFor();
    expect(await bytes).toBeLessThan(FIRST_LOAD_BYTES);

    const line = page.locator('.row', { hasText: 'demo-ts' }).locator('.spark .line');
    const before = await line.getAttribute('d');
    await until('the graph moves', async () => (await line.getAttribute('d')) !== before);
    expect(await violations(page)).toEqual([]);

    for (const [name, path] of [
      ['MPEG-TS', 'demo-ts'],
      ['WebM', 'demo-webm'],
    ] as const) {
      await page.goto(`http://127.0.0.1:8086/#/${path}`);
      await page.getByRole('heading', { name: `Test pictures (${name})` }).waitFor();
      await plays(page);
      await page.locator('.chart canvas').waitFor();
      expect(await violations(page)).toEqual([]);
    }
    await page.goto('http://127.0.0.1:8086/#/live');
    await page.getByText('-f mpegts http://127.0.0.1:8086/streams/live_push').waitFor();
    await page.goto('http://127.0.0.1:8086/#/demo-asf');
    await page.getByText('Browsers do not play Windows Media.').waitFor();
    await page.getByText('mmsh://127.0.0.1:8086/streams/demo-asf').waitFor();
    expect(asked.filter((url) => !/^(?:blob:)?http:\/\/127\.0\.0\.1:8086\//.test(url))).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  sideBySide('tells that a source is lost and why, and that it is back', ['chromium'], async () => {
    const port = await freePort();
    const origin = () =>
      startPump(stage, {
        http: { host: '127.0.0.1', port },
        streams: [{ path: 'film', type: 'file', url: film, loop: true }],
      });
    const first = await origin();
    const pump = await startPump(stage, {
      streams: [{ path: 'far', type: 'pull', url: [first.url('film')] }],
      admin: { users: { ann: 'secret' } },
    });
    const { page } = await open(`http://${pump.host}/`);
    const row = page.locator('.row', { hasText: 'far' });
    await row.getByText('live', { exact: true }).waitFor();

    await first.process.end('SIGKILL');
    await row.getByText('lost', { exact: true }).waitFor({ timeout: LOST_MS });
    await row.locator('.reason', { hasText: /^Lost: / }).waitFor({ timeout: LOST_MS });
    expect(await violations(page)).toEqual([]);
    await origin();
    await row.getByText('live', { exact: true }).waitFor();

    await administers(page, `http://${pump.host}/#/far`);
    await page.close();
    await asksToBeLoadedAgain(`http://${pump.host}/#/far`);
  });

  sideBySide('stays quick with 200 streams and 5,000 viewers', ['chromium'], async () => {
    const { page } = await open(await openCrowd(stage, 200, 25));
    await page.getByText('200 streams, 200 live · 5,000 viewers').waitFor();
    const list = await busy(page);
    await page.getByRole('searchbox').fill('hall/77');
    await page.getByText('1 of 200').waitFor();
    await page.getByRole('link', { name: 'hall/77' }).click();
    await page.getByText('25 now, 25 at the peak').waitFor();
    const stream = await busy(page);
    expect(Math.max(list.scriptMs, stream.scriptMs), JSON.stringify({ list, stream })).toBeLessThan(MOST_SCRIPT_MS);
    await page.close();
  });

  /** Another build of the pump has its files under other names: an open page that has not yet fetched its player cannot any more. */
  async function asksToBeLoadedAgain(url: string): Promise<void> {
    const page = await browser.newPage();
    await page.goto(url);
    await page.route(/transport.*\.js$/, (route) => route.fulfill({ status: 404, body: 'not found' }));
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.getByText('the player could not be fetched: load this page again').waitFor();
    await page.unrouteAll();
    await page.reload();
    await plays(page);
    await page.close();
  }

  async function open(url: string): Promise<{ page: Page; asked: string[]; faults: string[] }> {
    const page = await browser.newPage();
    const [asked, faults]: [string[], string[]] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(url);
    return { page, asked, faults };
  }
});

/** What came over the network for the page itself. */
async function bytesOf(page: Page): Promise<number> {
  await page.waitForLoadState('load');
  return page.evaluate(() =>
    performance
      .getEntries()
      .reduce((sum, entry) => sum + ('transferSize' in entry ? Number(entry.transferSize) : 0), 0),
  );
}

async function plays(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const seen = () =>
    page.locator('video').evaluate((video) => {
      if (!('getVideoPlaybackQuality' in video) || !('currentTime' in video)) return [0, 0];
      const { totalVideoFrames } = (video.getVideoPlaybackQuality as () => { totalVideoFrames: number }).call(video);
      return [totalVideoFrames, Number(video.currentTime)];
    });
  const isPlaying = async () => {
    const [pictures = 0, seconds = 0] = await seen();
    return pictures > 5 ? [pictures, seconds] : undefined;
  };
  const [pictures = 0, seconds = 0] = await until('pictures are shown', isPlaying, PLAY_MS);
  await until('it goes on', async () => {
    const [more = 0, later = 0] = await seen();
    return more > pictures + 10 && later > seconds + 0.3;
  });
}

/** By the keyboard, and asked again before anything is cut off. The browser asks for name and password, which is played here. */
async function administers(page: Page, url: string): Promise<void> {
  await page.goto(url);
  const off = page.getByRole('button', { name: /^Switch off|^Really switch off/ });
  const twice = async () => {
    await off.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Really switch off?' }).waitFor();
    await page.keyboard.press('Enter');
  };
  await page.context().setHTTPCredentials({ username: 'ann', password: 'secret' });
  await twice();
  await page.locator('.title .badge', { hasText: 'off' }).waitFor();
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.locator('.title .badge', { hasText: 'live' }).waitFor();
}

/** What axe-core finds, in both colours. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axe.source);
    const rules = await page.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
      'axe.run().then(({ violations }) => violations)',
    );
    found.push(...rules.map(({ id, nodes: [node] }) => `${colorScheme} ${id}: ${node?.html} ${node?.failureSummary}`));
  }
  return found;
}

/** Of a second, in milliseconds. */
async function busy(page: Page): Promise<{ scriptMs: number; taskMs: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, MEASURE_SECONDS * 1000));
  const after = await read();
  const of = (name: string) => (((after.get(name) ?? 0) - (before.get(name) ?? 0)) / MEASURE_SECONDS) * 1000;
  return { scriptMs: Math.round(of('ScriptDuration')), taskMs: Math.round(of('TaskDuration')) };
}
