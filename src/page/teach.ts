// The next step, where nothing is live: how to send something to this pump, with its address as this browser sees it.

import type { StreamTold } from '../http/api/told.ts';
import { copying } from './copying.ts';
import { el } from './element.ts';

const EXAMPLE = `streams: [{ path: 'hall', title: 'Concert hall', type: 'push' }]`;

export const absolute = (path: string, scheme?: string): string => {
  const url = new URL(path, document.baseURI).href;
  return scheme === undefined ? url : url.replace(/^https?:/, `${scheme}:`);
};

/** No stream at all. */
export function nothing(): HTMLElement {
  return el(
    'section',
    { class: 'panel' },
    el('h2', {}, 'No stream is switched on'),
    el('p', {}, 'Give the pump one in its configuration, for example an address that an encoder pushes to:'),
    copying(EXAMPLE, 'the example'),
    el('p', {}, `Start it again: the stream is at ${absolute('streams/hall')} and takes what is pushed to `),
    el('p', {}, el('code', {}, absolute('streams/hall_push'))),
  );
}

/** A stream that waits for an encoder. */
export function pushing({ path, container }: StreamTold): HTMLElement {
  const address = absolute(`streams/${path}_push`);
  const way = (name: string, ...more: readonly HTMLElement[]) => el('div', {}, el('h3', {}, name), ...more);
  const encode = 'ffmpeg -re -i film.mp4 -c:v libx264 -preset veryfast -tune zerolatency -g 50 -c:a aac';
  const ts = way('FFmpeg, for browsers and all players', copying(`${encode} -f mpegts ${address}`, 'the FFmpeg line'));
  const windows = way(
    'Windows Media encoders',
    el('p', {}, 'In Expression Encoder choose “Publishing point” as the output, at this address:'),
    copying(address, 'the publishing point'),
  );
  const anything = way('Any file, from here', copying(`stream-pump push film.mkv ${address} --loop`, 'the line'));
  const named = el(
    'p',
    { class: 'small' },
    'Where a name and a password are asked for, they are written before the host: NAME:PASSWORD@…',
  );
  // Windows Media encoders know no TLS, and where the pump listens without it is not known here.
  const forWindows = location.protocol === 'http:' ? [windows] : [];
  const ways = [...(container === 'asf' ? [] : [ts]), ...forWindows, anything, named];
  return el('section', { class: 'panel teach' }, el('h2', {}, 'Waiting for an encoder'), ...ways);
}
