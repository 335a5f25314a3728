// Real streams, against what others read in them: ffprobe and mkvinfo.

import { expect, test } from 'vitest';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { framed, headers, joins, sample, units } from '../../support/framing.ts';
import { blocksOf } from './reading.ts';

const of = (file: string) => framed(matroska, sample(`matroska/${file}`));
const tracksOf = (file: string) => matroska.tracks(headers(of(file).parts)[0] ?? Buffer.alloc(0));
const counts = (file: string) => {
  const counted: Record<number, number> = {};
  for (const { track } of units(of(file).parts).flatMap(({ bytes }) => blocksOf(bytes).blocks)) {
    counted[track] = (counted[track] ?? 0) + 1;
  }
  return counted;
};
const joinTimes = (file: string) => {
  const { parts } = of(file);
  return joins(parts).map((n) => Math.round(units(parts)[n]?.atMs ?? -1));
};

test("FFmpeg's live WebM comes through whole, with a place to begin at each of its key frames", () => {
  const file = 'ffmpeg-webm-live-start.webm';
  const { parts, held } = of(file);
  expect(held).toBe(0);
  expect(parts.filter(({ kind }) => kind === 'loss' || kind === 'gap')).toEqual([]);
  expect(Object.values(counts(file)).reduce((sum, count) => sum + count)).toBe(3 * 65);
  expect(joinTimes(file)).toHaveLength(2);
  expect(tracksOf(file)).toEqual([
    { kind: 'video', id: 1, codec: 'VP8', width: 320, height: 240 },
    { kind: 'audio', id: 2, codec: 'Vorbis', channels: 2, sampleRate: 44_100 },
  ]);
});

test("mkvmerge's laces, compressed blocks and block groups come through as they are", () => {
  const file = 'mkvmerge-laced-and-compressed.mkv';
  expect(of(file).parts.filter(({ kind }) => kind === 'loss' || kind === 'gap')).toEqual([]);
  expect(counts(file)).toEqual({ 1: 50, 2: 20, 3: 2 });
  expect(joinTimes(file)).toEqual([0, 1100, 2100, 3100, 4100]);
  const whole = sample(`matroska/${file}`);
  for (const { payload } of units(of(file).parts).flatMap(({ bytes }) => blocksOf(bytes).blocks)) {
    expect(whole.includes(payload)).toBe(true);
  }
  expect(tracksOf(file)).toEqual([
    { kind: 'video', id: 1, codec: 'FMP4', width: 128, height: 96 },
    { kind: 'audio', id: 2, codec: 'MP3', channels: 1, sampleRate: 16_000 },
    { kind: 'other', id: 3, codec: 'SRT', language: 'de' },
  ]);
});

test("all of GStreamer's only cluster comes through, to the last block, with a place to begin every second", () => {
  const file = 'gstreamer-streamable.mkv';
  expect(of(file)).toMatchObject({ held: 0 });
  expect(counts(file)).toEqual({ 1: 50, 2: 251 });
  expect(joinTimes(file)).toEqual([0, 1000, 2000, 3000, 4000]);
});
