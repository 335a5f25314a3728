// The line that long work shows of itself: rewritten once a second on a terminal, nowhere else, and wiped in the end.

import { every, type Clock } from '../clock.ts';

const SHOWN_EVERY_MS = 1000;
const WIPE = '\r\u001b[K';

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What is returned ends it. */
export function progress(clock: Clock, line: () => string, screen: Screen = process.stderr): () => void {
  if (!screen.isTTY) return () => {};
  // The cursor goes back to where it began, so that a line of the log takes the place of this one.
  const show = () => screen.write(`${WIPE}${line()}\r`);
  show();
  const stop = every(clock, SHOWN_EVERY_MS, show);
  return () => {
    stop();
    screen.write(WIPE);
  };
}

/** `1234567` as `1.2 MB`. */
export function bytesOf(count: number): string {
  return scaled(count, ['B', 'kB', 'MB', 'GB', 'TB']);
}

export function bitrateOf(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

/** `0:07`, `1:02:03` */
export function timeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function scaled(count: number, units: readonly string[]): string {
  let [scale, left] = [0, count];
  while (left >= 999.5 && scale < units.length - 1) {
    left /= 1000;
    scale += 1;
  }
  const digits = scale === 0 || left >= 99.95 ? 0 : 1;
  return `${left.toFixed(digits)} ${units[scale]}`;
}
