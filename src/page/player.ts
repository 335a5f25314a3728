// Plays the stream when asked to, and goes on by itself when the stream was away. What cannot be played here is said, with what can
// play it.

import type { StreamTold } from '../http/api/told.ts';
import { el, say, show } from './element.ts';
import { type Abilities, type Way, wayOf } from './playable.ts';
import { placeOf } from './route.ts';

/** `why`: undefined where the stream just ended */
export type Ended = (why: string | undefined) => void;

export interface Player {
  readonly node: HTMLElement;
  tell(stream: StreamTold): void;
  leave(): void;
}

export function player(path: string): Player {
  const video = el('video', { playsinline: '', controls: '', 'aria-label': 'The stream' });
  const button = el('button', { type: 'button', class: 'play' }, 'Play');
  const told = el('p', { class: 'told', role: 'status' });
  const node = el(
    'section',
    { class: 'player', 'aria-label': 'Player' },
    video,
    el('div', { class: 'cover' }, button, told),
  );
  const abilities = abilitiesOf(video);
  const url = new URL(placeOf(path), document.baseURI).href;
  /** what is playing, or being fetched in order to */
  let stop: (() => void) | undefined;
  /** somebody has pressed play and not left since */
  let isWanted = false;
  let why = '';
  let last: StreamTold | undefined;

  function ended(reason: string | undefined): void {
    stop?.();
    stop = undefined;
    // A stream that ended comes again when it is live; one that cannot be played would fail for ever.
    isWanted &&= reason === undefined;
    why = reason === undefined ? 'The stream ended.' : `It does not play: ${reason}.`;
    if (last) tell(last);
  }

  async function play(way: Way): Promise<void> {
    isWanted = true;
    const stopped = new AbortController();
    stop = () => stopped.abort();
    if (way.kind === 'by itself') playByItself(video, url, ended, stopped.signal);
    else await playBy(video, url, ended, stopped.signal);
    await video.play().catch(() => {}); // a browser that wants another click shows its own button
  }

  function tell(stream: StreamTold): void {
    const way = wayOf(stream, abilities);
    const isLive = stream.state === 'live';
    const returns = isWanted && stop === undefined && isLive && last?.state !== 'live';
    last = stream;
    if (returns && way.kind !== 'not') void play(way);
    show(video, stop !== undefined);
    show(button, stop === undefined && isLive && way.kind !== 'not');
    say(told, words(isLive, way.kind === 'not' ? way.why : why));
  }

  function words(isLive: boolean, reason: string): string {
    if (stop) return isLive ? '' : 'The source is away. The picture goes on when it is back.';
    return isLive ? reason : `${why} There is nothing to play just now.`.trim();
  }

  button.addEventListener('click', () => {
    if (!last) return;
    why = '';
    void play(wayOf(last, abilities));
    tell(last);
  });
  return {
    node,
    tell,
    leave() {
      isWanted = false;
      stop?.();
    },
  };
}

function playByItself(video: HTMLVideoElement, url: string, ended: Ended, signal: AbortSignal): void {
  video.addEventListener('ended', () => ended(undefined), { signal });
  const fail = () => ended(video.error?.message || 'this browser cannot play what came');
  video.addEventListener('error', fail, { signal });
  video.src = url;
  signal.addEventListener('abort', () => {
    // The connection is let go of only so.
    video.removeAttribute('src');
    video.load();
  });
}

async function playBy(video: HTMLVideoElement, url: string, ended: Ended, signal: AbortSignal): Promise<void> {
  // Where the pump has become another build since the page was loaded, the file has another name.
  const fetched = await import('./transport.ts').catch(() => undefined);
  if (signal.aborted) return;
  if (fetched) signal.addEventListener('abort', fetched.playTransport(video, url, ended));
  else ended('the player could not be fetched: load this page again');
}

function abilitiesOf(video: HTMLVideoElement): Abilities {
  return {
    plays: (type) => video.canPlayType(type) !== '',
    buffers: (type) => 'MediaSource' in globalThis && MediaSource.isTypeSupported(type),
  };
}
