// Chromium as specs see it: a page with nothing but a video, which plays a URL of the pump as any page of anybody would, and tells
// what it showed. Only what a person would see counts: pictures that were really presented, and their times.

import { chromium, type BrowserContext } from 'playwright-core';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './programs.ts';
import { type Stage, until } from './stage.ts';

/** Without anything that a browser does beside showing a page. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For the specs of one stage; it has no past. */
export async function openBrowser(stage: Stage): Promise<BrowserContext> {
  const browser = await chromium.launchPersistentContext(mkdtempSync(join(stage.folder, 'chromium-')), {
    executablePath: program('chromium'),
    headless: true,
    chromiumSandbox: false,
    args: FLAGS,
  });
  stage.later(() => browser.close());
  return browser;
}

export interface Seen {
  /** `currentTime` */
  readonly seconds: number;
  /** pictures that were presented */
  readonly pictures: number;
  /** of the first of them */
  readonly firstSeconds: number;
  /** how often a picture was shown that was of an earlier time than the one before */
  readonly backwards: number;
  /** that it ended, gave up or began anew, and why */
  readonly events: readonly string[];
}

export interface Video {
  seen(): Promise<Seen>;
  /** Waits until it has shown so many pictures; says what happened where it does not. */
  shows(pictures: number, withinMs: number): Promise<Seen>;
  close(): Promise<void>;
}

/** Muted: nobody has touched the page, so that it may not make a sound by itself. */
const page = (url: string) => `
  <video autoplay muted src="${url}"></video>
  <script>
    const video = document.querySelector('video');
    const seen = { pictures: 0, backwards: 0, events: [] };
    let last = -1;
    const look = (_, { mediaTime, presentedFrames }) => {
      seen.firstSeconds ??= mediaTime;
      seen.pictures = presentedFrames;
      if (mediaTime < last) seen.backwards += 1;
      last = mediaTime;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    for (const name of ['error', 'ended', 'emptied', 'abort', 'pause', 'seeking'])
      video.addEventListener(name, () => seen.events.push([name, video.error?.message].join(' ').trim()));
  </script>`;

export async function watchIn(browser: BrowserContext, url: string): Promise<Video> {
  const tab = await browser.newPage();
  await tab.setContent(page(url));
  const seen = () => tab.evaluate<Seen>('({ ...seen, seconds: video.currentTime })');
  return {
    seen,
    async shows(pictures, withinMs) {
      let last: Seen | undefined;
      const isEnough = async () => {
        last = await seen();
        return last.pictures >= pictures ? last : undefined;
      };
      return until(`${pictures} pictures`, isEnough, withinMs).catch((error: unknown) => {
        throw new Error(`the browser showed too little: ${String(error)}\n${JSON.stringify(last)}`);
      });
    },
    close: () => tab.close(),
  };
}
