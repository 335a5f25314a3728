// How a stream's source is, and has been in the last minutes.

import type { StreamTold } from '../http/api/told.ts';
import type { Chart } from './chart.ts';
import { el, mark, sayPlace, show } from './element.ts';
import type { Pump } from './pump.ts';
import { bits, bytes, containerOf, counted, many, span, trackWords } from './words.ts';

type Arrivals = NonNullable<StreamTold['source']['arrivals']>;
type Sent = NonNullable<StreamTold['sentTo']>[number];

export interface Part {
  readonly node: HTMLElement;
  tell(stream: StreamTold, pump: Pump): void;
  leave(): void;
}

/** So long a silence is none that the stream itself makes. */
const SILENT_SECONDS = 2;

/** Undefined: it is not shown. */
const facts: Readonly<Record<string, (stream: StreamTold) => string | undefined>> = {
  Source: ({ source }) => source.url,
  'Comes from': ({ source }) => (source.remote === source.url ? undefined : source.remote),
  Format: (stream) => containerOf(stream) || '–',
  Tracks: ({ tracks }) => tracks.map(trackWords).join(', ') || '–',
  'Bit rate': ({ state, source }) => (state === 'live' ? bits(source.bitrate) : '–'),
  'Key frames': ({ keyframeSeconds }) =>
    keyframeSeconds === undefined ? '–' : `every ${keyframeSeconds.toFixed(2)} s`,
  Received: ({ source }) => bytes(source.bytes),
  Silent: ({ source: { silentSeconds = 0 } }) => (silentSeconds < SILENT_SECONDS ? undefined : span(silentSeconds)),
  Backlog: ({ backlog }) => `${backlog.seconds.toFixed(1)} s, ${bytes(backlog.bytes)}`,
  Restarts: ({ source }) => source.restarts.toLocaleString('en'),
  Losses: ({ source }) => counted(source.losses) || 'none',
  Datagrams: ({ source: { arrivals } }) => arrivals && arrivalWords(arrivals),
  'Sent to': ({ sentTo }) => sentTo?.map(sentWords).join('; '),
};

function arrivalWords({ packets, lost, reordered, duplicates, late, refused, dropped, jitterMs }: Arrivals): string {
  const all = `${packets.toLocaleString('en')} in; ${counted({ lost, reordered, duplicates, late, refused, dropped }) || 'none lost'}`;
  return jitterMs === undefined ? all : `${all}; jitter ${jitterMs.toFixed(1)} ms`;
}

function sentWords({ url, bytes: sent, errors, lastError }: Sent): string {
  const failed = errors > 0 ? `, ${many(errors, 'failure')}${lastError === undefined ? '' : `: ${lastError}`}` : '';
  return `${url} (${bytes(sent)}${failed})`;
}

export function factsOf(): Part {
  const lines = Object.entries(facts).map(([name, read]) => {
    const value = el('dd');
    return { read, value, node: el('div', {}, el('dt', {}, name), value), isLoss: name === 'Losses' };
  });
  return {
    node: el('section', { class: 'panel' }, el('h2', {}, 'Source'), el('dl', {}, ...lines.map(({ node }) => node))),
    tell(stream) {
      for (const { read, value, node, isLoss } of lines) {
        const words = read(stream);
        sayPlace(value, words ?? '');
        show(node, words !== undefined);
        if (isLoss) mark(value, 'class', words === 'none' ? '' : 'bad');
      }
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
