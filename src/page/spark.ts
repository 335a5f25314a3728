// A small graph of the last minutes. Nothing but a picture of the number beside it, so screen readers pass it over.

import { mark, svg } from './element.ts';

const WIDTH = 110;
const HEIGHT = 30;

export interface Spark {
  readonly node: SVGSVGElement;
  draw(samples: readonly number[]): void;
}

export function spark(): Spark {
  const line = svg('path', { class: 'line' });
  const area = svg('path', { class: 'area' });
  const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return {
    node: svg('svg', { class: 'spark', ...box }, area, line),
    draw(samples) {
      const points = samples.length > 1 && samples.some((value) => value > 0) ? pointsOf(samples) : '';
      mark(line, 'd', points && `M${points}`);
      mark(area, 'd', points && `M${points}V${HEIGHT}H0Z`);
    },
  };
}

/** All samples over the whole width, the newest at the right edge; zero is at the bottom, so that a stream that wavers by little
 *  looks even. */
function pointsOf(samples: readonly number[]): string {
  const top = Math.max(1, ...samples) * 1.15;
  const step = WIDTH / (samples.length - 1);
  const point = (value: number, n: number) =>
    `${(n * step).toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`;
  return samples.map(point).join('L');
}
