// The results as people read them: medians over the rounds, each server beside the first.

import type { Scenario } from './scenarios.ts';

export interface Measured {
  /** user and system time of the server's whole process tree, by what its viewers received */
  readonly cpuPerGB: number;
  /** CPU seconds per second */
  readonly load: number;
  readonly residentPerViewer: number;
  readonly gone: number;
  readonly seconds: number;
  readonly bytes: number;
  /** of a viewer, in the time of measuring */
  readonly leastBytes: number;
  readonly medianBytes: number;
  readonly lostMarks: number;
  /** from the feed to a viewer, milliseconds */
  readonly delay50: number;
  readonly delay99: number;
  /** from a viewer's request to its first key frame, milliseconds */
  readonly key50: number;
  readonly keyMost: number;
}

export interface Result extends Scenario {
  readonly scenario: string;
  readonly viewers: number;
  readonly measured: Readonly<Record<string, readonly Measured[]>>;
}

const KIB = 1024;

export function print({ scenario, says, bitrate, viewers, measured }: Result, seconds: number): void {
  console.log(`\n**${scenario}**: ${bitrate / 1e6} Mbit/s × ${viewers} viewers, ${says}\n`);
  row([
    '',
    'CPU s/GB',
    'least–most',
    'ratio',
    'CPU',
    'delay p50',
    'p99',
    'first key',
    'most',
    'least/median',
    'lost',
    'gone',
    'RSS/viewer',
  ]);
  row(Array.from({ length: 13 }, () => '---'));
  const [base] = Object.values(measured).map((all) => median(all, ({ cpuPerGB }) => cpuPerGB));
  for (const [server, all] of Object.entries(measured)) {
    const of = (what: (one: Measured) => number) => median(all, what);
    const costs = all.map(({ cpuPerGB }) => cpuPerGB);
    row([
      server,
      of(({ cpuPerGB }) => cpuPerGB).toFixed(3),
      `${Math.min(...costs).toFixed(2)}–${Math.max(...costs).toFixed(2)}`,
      ((base ?? 0) / of(({ cpuPerGB }) => cpuPerGB)).toFixed(2),
      `${Math.round(100 * of(({ load }) => load))} %`,
      `${Math.round(of(({ delay50 }) => delay50))} ms`,
      `${Math.round(of(({ delay99 }) => delay99))} ms`,
      `${Math.round(of(({ key50 }) => key50))} ms`,
      `${Math.round(of(({ keyMost }) => keyMost))} ms`,
      of(({ leastBytes, medianBytes }) => leastBytes / medianBytes).toFixed(2),
      `${of(({ lostMarks }) => lostMarks)}`,
      `${of(({ gone }) => gone)}`,
      `${(of(({ residentPerViewer }) => residentPerViewer) / KIB).toFixed(1)} KiB`,
    ]);
  }
  console.log(`\nMedians of ${Object.values(measured)[0]?.length ?? 0} rounds of ${seconds} s.`);
}

function median(all: readonly Measured[], of: (measured: Measured) => number): number {
  const sorted = all.map(of).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

function row(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}
