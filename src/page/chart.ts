// The larger graph of a stream: bit rate and viewers over the last minutes, with the values under the pointer. Fetched when a stream
// is looked at; drawn anew when the colours change.

import uPlot from 'uplot';
import type { Past } from '../http/api/told.ts';
import { bits } from './words.ts';

const HEIGHT = 220;

export interface Chart {
  tell(past: Past, nowMs: number): void;
  leave(): void;
}

export function chart(place: HTMLElement, sampleMs: number): Chart {
  let plot: uPlot | undefined;
  let data: uPlot.AlignedData = [[], [], []];
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(options(place.clientWidth), data, place);
  };
  const size = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: HEIGHT }));
  draw();
  size.observe(place);
  scheme.addEventListener('change', draw);
  return {
    tell({ bitrate, viewers }, nowMs) {
      const seconds = bitrate.map((_, n) => (nowMs - (bitrate.length - 1 - n) * sampleMs) / 1000);
      data = [seconds, bitrate.map((kilobits) => kilobits * 1000), [...viewers]];
      plot?.setData(data);
    },
    leave() {
      size.disconnect();
      scheme.removeEventListener('change', draw);
      plot?.destroy();
    },
  };
}

function options(width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const [ink, grid, first, second] = [colour('--muted'), colour('--line'), colour('--accent'), colour('--second')];
  const time = (seconds: number) => new Date(seconds * 1000).toLocaleTimeString();
  const bare = { width: 2, points: { show: false } };
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const fromZero =
    (least: number) =>
    (_: uPlot, __: number, most: number): uPlot.Range.MinMax => [0, Math.max(least, most * 1.15)];
  return {
    width,
    height: HEIGHT,
    scales: { bits: { range: fromZero(10_000) }, viewers: { range: fromZero(1) } },
    series: [
      { value: (_, seconds) => told(seconds, time) },
      { ...bare, label: 'Bit rate', scale: 'bits', stroke: first, fill: `${first}22`, value: (_, v) => told(v, bits) },
      { ...bare, label: 'Viewers', scale: 'viewers', stroke: second, value: (_, v) => told(v, String) },
    ],
    axes: [
      { ...axis, space: 110, values: (_, ticks) => ticks.map(time) },
      { ...axis, scale: 'bits', size: 84, values: (_, ticks) => ticks.map(plain) },
      {
        ...axis,
        scale: 'viewers',
        side: 1,
        grid: { show: false },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
      },
    ],
  };
}

/** Grid lines stand at round values. */
const plain = (perSecond: number) => bits(perSecond).replace(/\.0+ /, ' ');
const told = (value: number | null, words: (value: number) => string) => (value === null ? '–' : words(value));
