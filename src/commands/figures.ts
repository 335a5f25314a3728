// Numbers as people read them on a terminal.

/** `1 viewer`, `2 viewers` */
export const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

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
