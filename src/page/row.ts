// One stream in the list. Its graph and numbers are brought up to date only while it is on the screen: with hundreds of streams
// that is what keeps the page quick.

import type { StreamTold } from '../http/api/told.ts';
import { el, mark, say, sayPlace, show } from './element.ts';
import type { Pump } from './pump.ts';
import { reasonOf, sinceOf } from './reason.ts';
import { addressOf } from './route.ts';
import { spark } from './spark.ts';
import { bits, containerOf, counted, shortened, stateOf, trackWords } from './words.ts';

export interface Row {
  readonly node: HTMLLIElement;
  readonly path: string;
  isOnScreen: boolean;
  /** what it can be searched by */
  words: string;
  tell(stream: StreamTold, pump: Pump): void;
}

/** A cell says its name to those who do not see the list's head, and on narrow screens to all. */
const cell = (name: string, label: string, ...children: readonly Node[]) =>
  el('div', { class: name }, el('span', { class: 'label' }, `${label} `), ...children);

export function row(path: string): Row {
  const said = (name = '') => el('span', name === '' ? {} : { class: name });
  const title = el('a', { href: addressOf(path) });
  const place = el('span', { class: 'small' }, path);
  const [state, since, url, remote] = [said('badge'), said('small'), said(), said('small')];
  const [format, tracks, rate, distance] = [said(), said('small'), said('number'), said('number')];
  const [viewers, peak, losses] = [said('number'), said('small'), said()];
  const reason = el('p', { class: 'reason' });
  const graph = spark();
  const node = el(
    'li',
    { class: 'row' },
    el('div', { class: 'name' }, el('h2', {}, title), place),
    cell('state', 'State', state, since),
    cell('source', 'Source', url, remote),
    cell('format', 'Format', format, tracks),
    el('div', { class: 'rate' }, graph.node, el('span', { class: 'label' }, 'Bit rate '), rate),
    cell('distance', 'Key frames', distance),
    cell('viewers', 'Viewers', viewers, peak),
    cell('losses', 'Losses', losses),
    reason,
  );

  function tellSource({ source, type, state: is, keyframeSeconds, viewersPeak, viewers: count }: StreamTold): void {
    sayPlace(url, source.url === 'push' ? 'pushed' : shortened(source.url));
    mark(url, 'title', source.url);
    sayPlace(remote, source.remote === undefined || source.remote === source.url ? type : `from ${source.remote}`);
    say(rate, is === 'live' ? bits(source.bitrate) : '–');
    say(distance, keyframeSeconds === undefined ? '–' : `${keyframeSeconds.toFixed(1)} s`);
    say(viewers, count.toLocaleString('en'));
    say(peak, `peak ${viewersPeak.toLocaleString('en')}`);
    say(losses, counted(source.losses) || 'none');
    mark(losses, 'class', counted(source.losses) ? 'bad' : 'small');
  }

  return {
    node,
    path,
    isOnScreen: false,
    words: '',
    tell(stream, pump) {
      mark(node, 'data-state', stateOf(stream));
      this.words = `${stream.title} ${path} ${stream.source.url} ${stateOf(stream)}`.toLowerCase();
      if (!this.isOnScreen) return;
      say(title, stream.title);
      show(place, stream.title !== path);
      say(state, stateOf(stream));
      say(since, sinceOf(stream, pump));
      say(format, containerOf(stream) || '–');
      say(tracks, stream.tracks.map(trackWords).join(', '));
      tellSource(stream);
      const why = reasonOf(stream);
      say(reason, why?.text ?? '');
      show(reason, why !== undefined);
      mark(reason, 'class', why?.isPast === true ? 'reason past' : 'reason');
      graph.draw(pump.past[path]?.bitrate ?? []);
    },
  };
}
