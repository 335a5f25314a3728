// How a stream's source is, and has been in the last minutes.

import type { StreamTold } from '../http/told.ts';
import type { Chart } from './chart.ts';
import { el, mark, say } from './element.ts';
import type { Pump } from './pump.ts';
import { bits, bytes, containerOf, counted, many, trackWords } from './words.ts';

export interface Part {
  readonly node: HTMLElement;
  tell(stream: StreamTold, pump: Pump): void;
  leave(): void;
}

const facts: Readonly<Record<string, (stream: StreamTold) => string>> = {
  Source: ({ source }) => source.url,
  'Comes from': ({ source }) => source.remote ?? '–',
  Format: (stream) => containerOf(stream) || '–',
  Tracks: ({ tracks }) => tracks.map(trackWords).join(', ') || '–',
  'Bit rate': ({ source }) => bits(source.bitrate),
  'Key frames': ({ keyframeSeconds }) =>
    keyframeSeconds === undefined ? '–' : `every ${keyframeSeconds.toFixed(2)} s`,
  Received: ({ source }) => bytes(source.bytes),
  Backlog: ({ backlog }) => `${backlog.seconds.toFixed(1)} s, ${bytes(backlog.bytes)}`,
  Restarts: ({ source }) => source.restarts.toLocaleString('en'),
  Losses: ({ source }) => counted(source.losses) || 'none',
};

export function factsOf(): Part {
  const values = new Map(Object.keys(facts).map((name) => [name, el('dd')]));
  const pairs = [...values].map(([name, value]) => el('div', {}, el('dt', {}, name), value));
  return {
    node: el('section', { class: 'panel' }, el('h2', {}, 'Source'), el('dl', {}, ...pairs)),
    tell(stream) {
      for (const [name, value] of values) say(value, facts[name]?.(stream) ?? '');
      const losses = values.get('Losses');
      if (losses) mark(losses, 'class', counted(stream.source.losses) ? 'bad' : '');
    },
    leave() {},
  };
}

export function graphOf(): Part {
  const place = el('div', { class: 'chart', role: 'img' });
  let chart: Chart | undefined;
  let isLeft = false;
  let isAsked = false;

  async function fetchChart(sampleMs: number): Promise<void> {
    isAsked = true;
    const { chart: draw } = await import('./chart.ts');
    if (!isLeft) chart = draw(place, sampleMs);
  }

  return {
    node: el('section', { class: 'panel' }, el('h2', {}, 'The last minutes'), place),
    tell({ path, source, viewers }, { past, sampleMs, nowMs }) {
      if (!isAsked) void fetchChart(sampleMs);
      mark(place, 'aria-label', `Graph: now ${bits(source.bitrate)} and ${many(viewers, 'viewer')}`);
      chart?.tell(past[path] ?? { bitrate: [], viewers: [] }, nowMs());
    },
    leave() {
      isLeft = true;
      chart?.leave();
    },
  };
}
