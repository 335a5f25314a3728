// Numbers and states as people read them.

import type { StreamTold, TrackTold } from '../http/api/told.ts';

export function bits(perSecond: number): string {
  return scaled(perSecond, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

export function bytes(count: number): string {
  return scaled(count, ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']);
}

/** Three digits are enough to see a change. */
function scaled(value: number, units: readonly string[]): string {
  let [rest, unit] = [value, 0];
  while (rest >= 999.5 && unit < units.length - 1) [rest, unit] = [rest / 1000, unit + 1];
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit]}`;
}

/** How long something has been so. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Of a file its name; addresses as they are. */
export function shortened(place: string): string {
  return place.startsWith('/') ? place.slice(place.lastIndexOf('/') + 1) : place;
}

export function many(count: number, one: string, more = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : more}`;
}

export type Shown = StreamTold['state'] | 'waiting' | 'off';

export function stateOf({ state, type, enabled }: StreamTold): Shown {
  if (!enabled) return 'off';
  if (state === 'opening' && type === 'push') return 'waiting';
  return state;
}

const containers: Readonly<Record<string, string>> = { asf: 'Windows Media', mpegts: 'MPEG-TS', matroska: 'Matroska' };

export function containerOf({ container = '' }: StreamTold): string {
  return containers[container] ?? container;
}

const channelWords: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo' };

export function trackWords(track: TrackTold): string {
  const { codec, width, height, channels, sampleRate, language } = track;
  const size = width !== undefined && height !== undefined ? `${width}×${height}` : '';
  const rate = sampleRate === undefined ? '' : `${sampleRate / 1000} kHz`;
  const heard = channels === undefined ? '' : (channelWords[channels] ?? `${channels} channels`);
  const spoken = language === 'und' ? '' : (language ?? '');
  return [codec, size, rate, heard, spoken].filter(Boolean).join(' ');
}

/** What is counted under several names, largest first: `3 packets, 1 transport error`. */
export function counted(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  const sorted = some.toSorted(([, a], [, b]) => b - a);
  return sorted.map(([what, count]) => many(count, what.replace(/s$/, ''), what)).join(', ');
}
