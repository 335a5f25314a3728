import { describe, expect, test } from 'vitest';
import { H264, parameterSets } from '../../src/datagrams/h264.ts';

const START = Buffer.of(0, 0, 0, 1);
const unit = (type: number, size = 20, fill = type) =>
  Buffer.concat([Buffer.of(0x60 | type), Buffer.alloc(size, fill)]);
const stream = (...units: Buffer[]) => Buffer.concat(units.flatMap((one) => [START, one]));

function fragments(whole: Buffer, count: number): Buffer[] {
  const body = whole.subarray(1);
  const size = Math.ceil(body.length / count);
  return Array.from({ length: count }, (_, n) => {
    const flags = (n === 0 ? 0x80 : 0) | (n === count - 1 ? 0x40 : 0);
    const head = Buffer.of((whole[0]! & 0xe0) | 28, flags | (whole[0]! & 0x1f));
    return Buffer.concat([head, body.subarray(n * size, (n + 1) * size)]);
  });
}

function aggregate(...units: Buffer[]): Buffer {
  const parts = units.map((one) => Buffer.concat([Buffer.of(one.length >> 8, one.length & 0xff), one]));
  return Buffer.concat([Buffer.of(0x78), ...parts]);
}

const [PICTURE, OTHER, SETS] = [unit(5, 5000), unit(1, 30), unit(7)];

function take(h264: H264, payloads: readonly Buffer[], isAfterLoss: (n: number) => boolean = () => false): Buffer {
  return Buffer.concat(payloads.flatMap((payload, n) => h264.take({ payload, timestamp: n }, isAfterLoss(n))));
}

describe('H.264 out of RTP', () => {
  test('is the units with a start code before each, however they were packed', () => {
    const payloads = [SETS, ...fragments(PICTURE, 4), aggregate(OTHER, unit(6), OTHER), OTHER];
    expect(take(new H264(), payloads)).toEqual(stream(SETS, PICTURE, OTHER, unit(6), OTHER, OTHER));
  });

  test.each([0, 1, 2, 3])('leaves a unit out whose fragment %i was lost, and goes on with the next', (lost) => {
    const h264 = new H264();
    const payloads = [SETS, ...fragments(PICTURE, 4).toSpliced(lost, 1), OTHER];
    expect(take(h264, payloads, (n) => n === lost + 1)).toEqual(stream(SETS, OTHER));
    expect(h264.damaged).toBe(1);
  });

  test('leaves one out whose end never comes', () => {
    const h264 = new H264();
    expect(take(h264, [SETS, ...fragments(PICTURE, 4).slice(0, 3), ...fragments(PICTURE, 2)])).toEqual(
      stream(SETS, PICTURE),
    );
    expect(h264.damaged).toBe(1);
  });

  test('begins with a whole picture or its parameters', () => {
    expect(take(new H264(), [OTHER, unit(6), OTHER, PICTURE, OTHER])).toEqual(stream(PICTURE, OTHER));
  });

  test('begins anyhow when there is none for ten seconds, as with pictures that are refreshed bit by bit', () => {
    const h264 = new H264();
    expect(h264.take({ payload: OTHER, timestamp: 0xffff_fff0 }, false)).toEqual([]);
    expect(h264.take({ payload: OTHER, timestamp: 900_000 }, false)).toEqual([START, OTHER]);
  });

  test('holds no more of a unit that never ends than the largest picture has', () => {
    const h264 = new H264();
    const [first = Buffer.alloc(0)] = fragments(unit(5, 65_000), 2);
    const middle = Buffer.concat([Buffer.of(first[0]!, 5), Buffer.alloc(60_000)]);
    const end = Buffer.of(first[0]!, 0x45, 0);
    expect(take(h264, [SETS, first, ...Array.from({ length: 300 }, () => middle), end, OTHER])).toEqual(
      stream(SETS, OTHER),
    );
    expect(h264.damaged).toBe(1);
  });

  test.each([
    ['an empty payload', Buffer.alloc(0)],
    ['a type of no meaning', Buffer.of(0x60)],
    ['an interleaved one', Buffer.of(0x60 | 25, 0, 0, 0, 1, 5)],
    ['an aggregate that is cut', aggregate(OTHER).subarray(0, 10)],
    ['an aggregate of nothing', Buffer.of(0x78, 0, 0)],
    ['half a length', Buffer.of(0x78, 0)],
    ['a fragment without anything in it', Buffer.of(28, 0x85)],
  ])('passes over %s', (_, payload) => {
    const h264 = new H264();
    expect(take(h264, [SETS, payload, OTHER])).toEqual(stream(SETS, OTHER));
    expect(h264.damaged).toBe(1);
  });
});

describe('parameter sets of a description', () => {
  const sets = [Buffer.from('Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==', 'base64'), Buffer.from('aO88gA==', 'base64')];

  test.each([
    [
      'FFmpeg',
      'packetization-mode=1; sprop-parameter-sets=Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==,aO88gA==; profile-level-id=4D401E',
    ],
    [
      'VLC',
      'packetization-mode=1;profile-level-id=4d401e;sprop-parameter-sets=Z01AHtoCgL/lwEQAAAMABAAAAwDIPFi6gA==,aO88gA==;',
    ],
  ])('come first, as %s writes them', (_, fmtp) => {
    expect(Buffer.concat(parameterSets(fmtp))).toEqual(stream(...sets));
  });

  test('are none where none are told', () => {
    expect(parameterSets()).toEqual([]);
    expect(parameterSets('sprop-parameter-sets=')).toEqual([]);
  });
});
