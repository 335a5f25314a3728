// A transport stream in a <video>, by mpegts.js: fetched when somebody presses play.

import mpegts from 'mpegts.js';
import type { Ended } from './player.ts';

/** Behind the newest picture: more than this is caught up with, so that an afternoon's pauses do not add up. */
const MOST_BEHIND_SECONDS = 8;
const USUAL_BEHIND_SECONDS = 3;

const words: Readonly<Record<string, string>> = {
  [mpegts.ErrorTypes.NETWORK_ERROR]: 'the pump did not send the stream',
  [mpegts.ErrorTypes.MEDIA_ERROR]: 'this browser cannot play what came',
};

export function playTransport(video: HTMLVideoElement, url: string, ended: Ended): () => void {
  mpegts.LoggingControl.enableAll = false;
  const player = mpegts.createPlayer(
    { type: 'mpegts', isLive: true, url },
    {
      enableStashBuffer: false,
      lazyLoad: false,
      autoCleanupSourceBuffer: true,
      liveBufferLatencyChasing: true,
      liveBufferLatencyMaxLatency: MOST_BEHIND_SECONDS,
      liveBufferLatencyMinRemain: USUAL_BEHIND_SECONDS,
    },
  );
  player.on(mpegts.Events.ERROR, (type: string, detail: string) => ended(words[type] ?? detail));
  player.on(mpegts.Events.LOADING_COMPLETE, () => ended(undefined));
  player.attachMediaElement(video);
  player.load();
  return () => player.destroy();
}
