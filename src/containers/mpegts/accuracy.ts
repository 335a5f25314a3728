// How far clock references are off (PCR_accuracy_error of ETSI TR 101 290, 2.4). At a constant rate a packet's place in the stream is
// its time; where the rate is not constant, or packets were left out, there is nothing to measure by.

/** Those of five seconds and more, at the usual 40 ms; later ones are not looked at. */
const MOST_SAMPLES = 512;
const LEAST_SAMPLES = 10;
const NS_PER_TICK = 1000 / 27;
/** Farther off, it is the rate that is not constant. */
const MOST_NS = 100_000;
/** What an encoder may be off. */
const ALLOWED_NS = 500;

export interface Accuracy {
  /** `ticks`: of 27 MHz; `place`: counted in packets */
  take(place: number, ticks: number): void;
  /** What comes does not go on from what came. */
  forget(): void;
  /** Undefined: it cannot be told. */
  measure(): { readonly offNs: number; readonly errors: number } | undefined;
}

export function accuracy(): Accuracy {
  const places = new Float64Array(MOST_SAMPLES);
  const times = new Float64Array(MOST_SAMPLES);
  let count = 0;
  return {
    take(place, ticks) {
      if (count >= MOST_SAMPLES) return;
      places[count] = place;
      times[count] = ticks;
      count += 1;
    },
    forget() {
      count = 0;
    },
    measure() {
      if (count < LEAST_SAMPLES) return undefined;
      const offs = residuals(places.subarray(0, count), times.subarray(0, count)).map((ticks) =>
        Math.abs(ticks * NS_PER_TICK),
      );
      const most = Math.max(...offs);
      if (most > MOST_NS) return undefined;
      return { offNs: Math.round(most), errors: offs.filter((ns) => ns > ALLOWED_NS).length };
    },
  };
}

/** How far each is from the straight line through all. */
function residuals(x: Float64Array, y: Float64Array): number[] {
  const [x0, y0] = [x[0] ?? 0, y[0] ?? 0];
  const points = Array.from(x, (at, n) => [at - x0, (y[n] ?? 0) - y0] as const);
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [at]) => sum + (at - mx) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [at, time]) => sum + (at - mx) * (time - my), 0) / spread;
  return points.map(([at, time]) => time - my - slope * (at - mx));
}
