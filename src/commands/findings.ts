// What is found out about a stream while its parts go by. Nothing is kept but numbers, however long it is looked at.

import type { Container, Losses, Part, Track, Unit } from '../containers/container.ts';
import type { Examination, Report } from '../containers/examination.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';

/** Distances between key frames that the median is taken of: the newest, half an hour's worth or more. */
const MOST_DISTANCES = 2000;
/** A step of the stream's clock beyond this is no pause but another clock. */
const STEP_MS = 30_000;
/** Packets may come a little out of order. */
const JITTER_MS = 1000;

export interface Found {
  readonly container: string;
  readonly tracks: readonly Track[];
  /** on the stream's own clock, or on ours where it has none */
  readonly seconds: number;
  /** bits a second, measured */
  readonly bitrate?: number;
  /** of streams with pictures */
  readonly keyframes?: { readonly count: number; readonly medianSeconds?: number; readonly mostSeconds?: number };
  readonly packets: number;
  readonly packetBytes?: { readonly least: number; readonly most: number };
  /** how often another header came */
  readonly changes: number;
  readonly losses: Losses;
  /** of what came in datagrams */
  readonly arrivals?: Arrivals;
  /** what the format itself tells of how it is */
  readonly report?: Report;
}

export class Findings {
  readonly #container: Container;
  readonly #arrivals: (() => Arrivals) | undefined;
  readonly #ahead: boolean;
  readonly #examination: Examination | undefined;
  readonly #losses: Losses = {};
  readonly #distances: number[] = [];
  #tracks: readonly Track[] = [];
  #header: Buffer | undefined;
  #changes = 0;
  #packets = 0;
  #bytes = 0;
  #lastBytes = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;
  #ms = 0;
  #lastMs: number | undefined;
  #keyframes = 0;
  #keyframeMs: number | undefined;

  /** `ahead`: it comes faster than real time, and when it comes tells nothing; `arrivals`: how its datagrams come */
  constructor(container: Container, { ahead = false, arrivals }: { ahead?: boolean; arrivals?: () => Arrivals } = {}) {
    this.#container = container;
    this.#ahead = ahead;
    this.#arrivals = arrivals;
    this.#examination = container.examine?.(Number.POSITIVE_INFINITY);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get ms(): number {
    return this.#ms;
  }

  /** `nowMs`: when it came, for streams without a clock */
  take(part: Part, nowMs: number): void {
    if (part.kind === 'unit') this.#takeUnit(part, part.atMs ?? nowMs);
    else if (part.kind === 'header') this.#takeHeader(part.bytes);
    else if (part.kind === 'loss') this.#losses[part.what] = (this.#losses[part.what] ?? 0) + part.count;
    else this.#keyframeMs = undefined;
    this.#examination?.take(part, nowMs);
  }

  found(): Found {
    // The last packet lasts until one that did not come.
    const bitrate = Math.round(((this.#bytes - this.#lastBytes) * 8000) / this.#ms);
    const hasPictures = this.#tracks.some(({ kind }) => kind === 'video');
    return {
      container: this.#container.name,
      tracks: this.#tracks,
      seconds: this.#ms / 1000,
      ...(this.#ms > 0 && { bitrate }),
      ...(hasPictures && { keyframes: { count: this.#keyframes, ...summary(this.#distances) } }),
      packets: this.#packets,
      ...(this.#packets > 0 && { packetBytes: { least: this.#least, most: this.#most } }),
      changes: this.#changes,
      losses: { ...this.#losses },
      ...(this.#arrivals && { arrivals: this.#arrivals() }),
      ...this.#reported(),
    };
  }

  #reported(): { report?: Report } {
    if (!this.#examination) return {};
    const { clockJitterMs, ...report } = this.#examination.report();
    return { report: { ...report, ...(clockJitterMs !== undefined && !this.#ahead && { clockJitterMs }) } };
  }

  #takeHeader(header: Buffer): void {
    if (this.#header?.equals(header)) return;
    if (this.#header) this.#changes += 1;
    this.#header = header;
    this.#tracks = this.#container.tracks(header);
    this.#lastMs = this.#keyframeMs = undefined;
  }

  #takeUnit({ bytes: { length }, join }: Unit, atMs: number): void {
    this.#packets += 1;
    this.#bytes += length;
    this.#lastBytes = length;
    this.#least = Math.min(this.#least, length);
    this.#most = Math.max(this.#most, length);
    this.#pass(atMs);
    if (join) this.#takeKeyframe(atMs);
  }

  #pass(atMs: number): void {
    const stepMs = atMs - (this.#lastMs ?? atMs);
    const isOtherClock = stepMs < -JITTER_MS || stepMs > STEP_MS;
    if (isOtherClock) this.#keyframeMs = undefined;
    else this.#ms += Math.max(0, stepMs);
    this.#lastMs = isOtherClock ? atMs : Math.max(this.#lastMs ?? atMs, atMs);
  }

  #takeKeyframe(atMs: number): void {
    this.#keyframes += 1;
    if (this.#keyframeMs !== undefined) this.#distances.push(Math.max(0, atMs - this.#keyframeMs));
    if (this.#distances.length > MOST_DISTANCES) this.#distances.shift();
    this.#keyframeMs = atMs;
  }
}

function summary(distances: readonly number[]): { medianSeconds?: number; mostSeconds?: number } {
  const sorted = distances.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  const most = sorted.at(-1);
  if (median === undefined || most === undefined) return {};
  return { medianSeconds: median / 1000, mostSeconds: most / 1000 };
}
