// A small graph of the last minutes. Nothing but a picture of the number beside it, so screen readers pass it over.

import { mark, svg } from './element.ts';

const SAMPLES = 120;
const HEIGHT = 30;

export interface Spark {
  readonly node: SVGSVGElement;
  draw(samples: readonly number[]): void;
}

export function spark(): Spark {
  const line = svg('path', { class: 'line' });
  const area = svg('path', { class: 'area' });
  const box = { viewBox: `0 0 ${SAMPLES - 1} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return {
    node: svg('svg', { class: 'spark', ...box }, area, line),
    draw(samples) {
      const points = pointsOf(samples);
      mark(line, 'd', points && `M${points}`);
      mark(area, 'd', points && `M${points}V${HEIGHT}H${SAMPLES - samples.length}Z`);
    },
  };
}

/** The newest is at the right edge; zero is at the bottom, so that a stream that wavers by little looks even. */
function pointsOf(samples: readonly number[]): string {
  const top = Math.max(1, ...samples) * 1.15;
  const first = SAMPLES - samples.length;
  return samples.map((value, n) => `${first + n} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`).join('L');
}
