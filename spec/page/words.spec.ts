import { describe, expect, it } from 'vitest';
import type { StreamTold } from '../../src/http/api/told.ts';
import { wayOf } from '../../src/page/playable.ts';
import { reasonOf } from '../../src/page/reason.ts';
import { addressOf, placeOf, streamIn } from '../../src/page/route.ts';
import { bits, counted, shortened, span, stateOf, trackWords } from '../../src/page/words.ts';

const source = { url: 'push', bitrate: 0, bytes: 0, restarts: 0, losses: {} };
const hall: StreamTold = {
  path: 'hall',
  title: 'hall',
  type: 'push',
  enabled: true,
  state: 'opening',
  since: '2026-01-01T00:00:00Z',
  source,
  tracks: [],
  viewers: 0,
  viewersPeak: 0,
  viewersTotal: 0,
  bytesOut: 0,
  skips: 0,
  departures: {},
  backlog: { bytes: 0, seconds: 0 },
};
const told = (more: Partial<StreamTold>): StreamTold => ({ ...hall, ...more });

describe('numbers', () => {
  it('are read at a glance', () => {
    expect([0, 999, 1000, 12_345, 999_999, 2_500_000].map(bits)).toEqual([
      '0 bit/s',
      '999 bit/s',
      '1.00 kbit/s',
      '12.3 kbit/s',
      '1.00 Mbit/s',
      '2.50 Mbit/s',
    ]);
    expect([-1, 59.9, 60, 3660, 90_000].map(span)).toEqual(['0 s', '59 s', '1 min', '1 h 1 min', '1 d 1 h']);
    expect(counted({ packets: 1, 'transport errors': 3, bytes: 0 })).toBe('3 transport errors, 1 packet');
  });
});

describe('a stream', () => {
  it('says what it is waiting for, and why it is away', () => {
    expect(stateOf(told({}))).toBe('waiting');
    expect(reasonOf(told({}))?.text).toBe('No encoder has pushed yet');
    expect(stateOf(told({ type: 'pull' }))).toBe('opening');
    expect(stateOf(told({ enabled: false, state: 'idle' }))).toBe('off');
    expect(reasonOf(told({ type: 'multicast', state: 'idle', receive: false }))?.text).toMatch(/^Told of alone/);
    const broken = { ...source, lastError: 'it went', restarts: 1 };
    expect(reasonOf(told({ state: 'lost', source: broken }))).toEqual({ text: 'Lost: it went', isPast: false });
    expect(reasonOf(told({ state: 'live', source: broken }))?.isPast).toBe(true);
    expect(reasonOf(told({ state: 'live' }))).toBeUndefined();
  });

  it('is named shortly', () => {
    expect(shortened('/films/a.ts')).toBe('a.ts');
    expect(shortened('http://a.example/b')).toBe('http://a.example/b');
    expect(trackWords({ kind: 'audio', codec: 'AAC', id: 1, channels: 2, sampleRate: 44_100, language: 'und' })).toBe(
      'AAC 44.1 kHz stereo',
    );
  });

  it('has an address on the page, and one for players', () => {
    expect(streamIn(addressOf('hall/main'))).toBe('hall/main');
    expect(['', '#', '#/', '#/%'].map(streamIn)).toEqual([undefined, undefined, undefined, undefined]);
    expect(placeOf('hall')).toBe('streams/hall');
    expect(placeOf('udp/239.0.0.1:1234')).toBe('udp/239.0.0.1:1234');
  });

  it('is played by whatever can, or says why not', () => {
    const all = { plays: () => true, buffers: () => true };
    const none = { plays: () => false, buffers: () => false };
    const video = { kind: 'video', codec: 'H.264', id: 1 } as const;
    expect(wayOf(told({ container: 'mpegts', tracks: [video] }), all)).toEqual({ kind: 'mpegts.js' });
    expect(wayOf(told({ container: 'mpegts', tracks: [video] }), none)).toMatchObject({
      why: expect.stringMatching(/H\.264/),
    });
    expect(wayOf(told({ container: 'matroska', tracks: [{ ...video, codec: 'VP9' }] }), all).kind).toBe('by itself');
    expect(wayOf(told({ container: 'mpegts', tracks: [{ ...video, codec: 'MPEG-2' }] }), all).kind).toBe('not');
    expect(wayOf(told({ container: 'asf', tracks: [video] }), all).kind).toBe('not');
  });
});
