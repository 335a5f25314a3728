import { expect, it } from 'vitest';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { AUDIO, PMT, ts, VIDEO } from '../../support/ts.ts';
import { parts } from './reading.ts';

/** As it comes in real time, but for what comes late. */
function examined(bytes: Buffer, lateMs: (atMs: number) => number = () => 0) {
  const examination = mpegts.examine?.();
  for (const part of parts(bytes)) {
    const atMs = part.kind === 'unit' ? (part.atMs ?? 0) : 0;
    examination?.take(part, 50_000 + atMs + lateMs(atMs));
  }
  return examination?.report();
}

const film = ts().tables();
for (let second = 0; second < 6; second++)
  film
    .tables()
    .second(1000 * second)
    .stuffing();

it('an operator sees each PID with what it is and its rate, of the last seconds', () => {
  const report = examined(film.bytes);
  const rate = (packets: number) => (packets * 188 * 8) / 5;
  expect(report).toEqual({
    clockJitterMs: 0,
    clockGapMs: 200,
    streams: [
      { id: 0, what: 'PAT', bitrate: rate(5) },
      { id: VIDEO, what: 'H.264', bitrate: rate(25 * 3) },
      { id: AUDIO, what: 'AAC', bitrate: rate(25 * 2) },
      { id: PMT, what: 'PMT', bitrate: rate(5) },
      { id: 0x1fff, what: 'stuffing', bitrate: rate(5) },
    ],
  });
});

it('and what is missing, what is scrambled, what came unevenly', () => {
  const hurt = ts().tables();
  for (let second = 0; second < 6; second++) {
    hurt.second(1000 * second).packet({ pid: 0x300, payload: Buffer.alloc(9), scrambled: true });
    hurt.packet({ pid: 0x300, payload: Buffer.alloc(9), counter: (5 * second + 5) % 16 });
  }
  const report = examined(hurt.bytes, (atMs) => (atMs === 1600 ? 35 : 0));
  expect(report).toMatchObject({ clockJitterMs: 35 });
  expect(report?.streams.find(({ id }) => id === 0x300)).toMatchObject({ what: 'unknown', scrambled: 6 });
  expect(report?.streams.find(({ id }) => id === 0x300)?.errors).toBe(6);
});

it('before five seconds have passed nothing is said', () => {
  expect(examined(ts().tables().second(0).bytes)).toEqual({ streams: [] });
});
