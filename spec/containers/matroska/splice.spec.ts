import { describe, expect, it } from 'vitest';
import type { Part } from '../../../src/containers/container.ts';
import { matroska } from '../../../src/containers/matroska/index.ts';
import { framed, headers, units } from '../../support/framing.ts';
import { mkv, type Mkv, scenes } from '../../support/matroska.ts';
import { attachment, cluster, simple } from '../../support/matroska-elements.ts';
import { blocksOf } from './reading.ts';

const film = mkv().video(1).audio(2);
const FRAMES = 24;
const LENGTH_MS = 40 * FRAMES;
const partsOf = (header: Mkv, ...clusters: Buffer[]) =>
  framed(matroska, Buffer.concat([header.header(), ...clusters])).parts;

/** Parts one after another, each when its time has come by the stream's own clock. */
function player() {
  const splice = matroska.splice();
  return (parts: readonly Part[], fromMs: number): Part[] => {
    const first = units(parts)[0]?.atMs ?? 0;
    return parts.map((part) => splice(part, fromMs + (part.kind === 'unit' ? (part.atMs ?? 0) - first : 0)));
  };
}

const shown = (parts: readonly Part[], only?: number) =>
  units(parts)
    .flatMap(({ bytes }) => blocksOf(bytes).blocks)
    .filter(({ track }) => only === undefined || track === only)
    .map(({ at }) => at);

const isRising = (times: readonly number[]) => times.every((at, n) => n === 0 || at > (times[n - 1] ?? at));

it('what another pump calls a unit, and is no Cluster that a pump makes, goes on as it is', () => {
  const [header] = partsOf(film, ...scenes(1));
  const splice = matroska.splice();
  if (header) splice(header, 0);
  for (const hex of ['', '1f43b67581e7', '1f43b67582e700', '1f43b67590e7ff01', '1f43b67584e78100a3']) {
    const unit = { kind: 'unit', bytes: Buffer.from(hex, 'hex'), join: true } as const;
    expect(splice(unit, 0)).toBe(unit);
  }
});

describe('a source that comes again with the same tracks', () => {
  it('goes on under the first header, at the time that has passed, whatever its muxer calls itself now', () => {
    const play = player();
    const first = play(partsOf(film, ...scenes(FRAMES)), 0);
    const anew = mkv({ app: 'a newer muxer' }).video(1, { uid: 4711 }).audio(2, { uid: 4712, language: 'fr' });
    const again = play(partsOf(anew, ...scenes(FRAMES)), 5000);
    expect(headers(again)).toEqual(headers(first));
    expect(shown(again)[0]).toBeGreaterThanOrEqual(4900);
    expect(shown(again)[0]).toBeLessThanOrEqual(5200);
    for (const track of [1, 2]) expect(isRising(shown([...first, ...again], track))).toBe(true);
  });

  it('goes on at the time that has passed, however fine its clock', () => {
    const play = player();
    const fine = () => partsOf(mkv({ scale: 100_000 }).video(1).audio(2), ...scenes(FRAMES)); // ten times as fast
    play(fine(), 0);
    const [at = 0] = shown(play(fine(), 5000));
    expect(at / 10).toBeGreaterThanOrEqual(4990);
    expect(at / 10).toBeLessThanOrEqual(5020);
  });

  it('keeps sound and picture in step, and every block as far from the next as it was', () => {
    const play = player();
    const before = shown(play(partsOf(film, ...scenes(FRAMES)), 0));
    const again = shown(play(partsOf(film, ...scenes(FRAMES)), 5000));
    const shift = (again[0] ?? 0) - (before[0] ?? 0);
    expect(again).toEqual(before.map((at) => at + shift));
  });

  it('has atMs as its blocks say', () => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    for (const { bytes, atMs } of units(play(partsOf(film, ...scenes(FRAMES)), 5000))) {
      expect(atMs).toBe(blocksOf(bytes).blocks[0]?.at);
    }
  });

  it('is left alone where its clock has gone on by itself, as from another pump', () => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    const later = partsOf(film, ...scenes(FRAMES, { fromMs: 4000 }));
    expect(units(play(later, 4600))).toEqual(units(later));
  });

  it('is brought forward where its clock is far ahead', () => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    const [at = 0] = shown(play(partsOf(film, ...scenes(FRAMES, { fromMs: 3_000_000 })), 2000));
    expect(at).toBeGreaterThan(LENGTH_MS);
    expect(at).toBeLessThan(2300);
  });

  it('is brought forward although something of it was lost before its first picture', () => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    const [header, ...rest] = partsOf(film, ...scenes(FRAMES, { fromMs: 3_000_000 }));
    const [at = 0] = shown(play([...(header ? [header] : []), { kind: 'gap' }, ...rest], 2000));
    expect(at).toBeGreaterThan(LENGTH_MS);
    expect(at).toBeLessThan(2300);
  });

  it('never has a time before the beginning, even when its first block stands far within its cluster', () => {
    const play = player();
    play(partsOf(film, cluster(0, simple(1, 0, { key: true }))), 0);
    const within = cluster(900_000, simple(2, 30_000, { key: true }), simple(1, 30_000, { key: true }));
    const [at = 0] = shown(play(partsOf(film, within), 500));
    expect(at).toBeGreaterThan(400);
    expect(at).toBeLessThan(600);
  });

  it('never has a time before the beginning, even when a picture is shown before the first one that is stored', () => {
    const play = player();
    play(partsOf(film, cluster(0, simple(1, 0, { key: true }))), 0);
    const reordered = cluster(900_000, simple(1, 240, { key: true }), simple(1, 0), simple(1, 80));
    expect(Math.min(...shown(play(partsOf(film, reordered), 40)))).toBeGreaterThanOrEqual(0);
  });

  it('tells once what was left out of its header', () => {
    const play = player();
    const heavy = partsOf(film.other(attachment(2_000_000)), ...scenes(FRAMES));
    const counts = (parts: readonly Part[]) => parts.flatMap((part) => (part.kind === 'loss' ? [part.count] : []));
    expect(counts(play(heavy, 0))).toEqual([1]);
    expect(counts(play(heavy, 1000))).toEqual([0]);
  });
});

describe('a loop', () => {
  it('goes on a picture later, round after round', () => {
    const play = player();
    const splices = Array.from({ length: 5 }, (_, round) =>
      // What it was read from ahead is there at once: only the pace of sending makes time pass.
      play(partsOf(film, ...scenes(FRAMES)), round * LENGTH_MS - 20),
    );
    const pictures = shown(splices.flat(), 1);
    const steps = pictures.slice(1).map((at, n) => at - (pictures[n] ?? 0));
    expect(new Set(steps)).toEqual(new Set([40]));
    expect(isRising(shown(splices.flat(), 2))).toBe(true);
  });

  it.each([
    ['after 25 days', 2 ** 31],
    ['after 50 days', 2 ** 32],
    ['with times of day', 1_800_000_000_000],
  ])('goes on as at its beginning %s', (_, old) => {
    const rounds = (beginMs: number) => {
      const play = player();
      const parts = partsOf(film, ...scenes(FRAMES, { fromMs: beginMs }));
      return shown([0, 1, 2].flatMap((round) => play(parts, round * LENGTH_MS)));
    };
    const fromMs = old - Math.round(1.5 * LENGTH_MS);
    expect(rounds(fromMs)).toEqual(rounds(0).map((at) => at + fromMs));
  });

  it('does not go on after a pause because there is one in it, however fine its clock', () => {
    for (const scale of [1_000_000, 100_000]) {
      const tick = scale / 1_000_000;
      const fine = mkv({ scale }).video(1).audio(2);
      const slides = Array.from({ length: 20 }, (_, n) => 400 * n + (n < 10 ? 0 : 30_000));
      const clusters = slides.map((at) => cluster(at / tick, simple(1, 0, { key: true }), simple(2, 0)));
      const play = player();
      const rounds = [0, 1, 2].flatMap((round) => play(partsOf(fine, ...clusters), round * 38_000));
      const pictures = shown(rounds, 1).map((at) => at * tick);
      const steps = pictures.slice(1).map((at, n) => at - (pictures[n] ?? 0));
      expect(steps.filter((step) => Math.abs(step - 400) > 1)).toEqual([30_400, 30_400, 30_400]);
    }
  });

  it('does not repeat a moment of the sound that was sent ahead of the picture', () => {
    const ahead = cluster(0, simple(2, 0), simple(2, 45), simple(2, 90), simple(1, 10, { key: true }));
    const play = player();
    const sound = shown([...play(partsOf(film, ahead), 0), ...play(partsOf(film, ahead), 5)], 2);
    expect(sound).toEqual([0, 45, 90, 135, 180, 225]);
  });

  it('keeps sound and picture in step, whichever of them was ahead at the end and comes first', () => {
    const late = [60, 105, 150, 195, 240, 285].map((at) => simple(2, at));
    const odd = cluster(0, simple(1, 0, { key: true }), simple(2, 10), simple(1, 40), ...late);
    const play = player();
    const first = shown(play(partsOf(film, odd), 0));
    const again = shown(play(partsOf(film, odd), 200));
    expect(again).toEqual(first.map((at) => at + (again[0] ?? 0)));
    expect(isRising([...first, ...again])).toBe(true);
  });

  it('shows no picture at a time at which another was shown ahead of its turn', () => {
    const times = [...Array.from({ length: 40 }, (_, n) => 40 * n), 2000, 1600, 1640, 1680];
    const turns = times.flatMap((at, n) => [simple(2, 40 * n), simple(1, at, { key: n === 0 })]);
    const play = player();
    const first = shown(play(partsOf(film, cluster(0, ...turns)), 0), 1);
    const again = shown(play(partsOf(film, cluster(0, ...turns)), 1725), 1);
    expect(Math.min(...again)).toBeGreaterThan(Math.max(...first));
  });

  it('of pictures that are stored in another order than shown does not show one before the last of all', () => {
    const relative = [0, 120, 40, 80, 240, 160, 200];
    const reordered = partsOf(film, cluster(0, ...relative.map((at, n) => simple(1, at, { key: n === 0 }))));
    const play = player();
    const first = shown(play(reordered, 0));
    const again = shown(play(reordered, 250));
    expect(Math.min(...again)).toBeGreaterThan(Math.max(...first));
    expect(again.map((at) => at - (again[0] ?? 0))).toEqual(relative);
  });

  it('is told by a step back of more than pictures out of order make, without any header', () => {
    const play = player();
    play(partsOf(film, ...scenes(60)), 0);
    const back = units(partsOf(film, ...scenes(FRAMES)));
    expect(Math.min(...shown(play(back, 2400)))).toBeGreaterThanOrEqual(2390);
  });
});

describe('damage', () => {
  it('after which the clock stands earlier does not run time backwards', () => {
    const play = player();
    const first = play(partsOf(film, ...scenes(FRAMES)), 0);
    const back = units(partsOf(film, ...scenes(FRAMES, { fromMs: 500 })));
    const again = play([{ kind: 'gap' }, ...back], 1000);
    for (const track of [1, 2]) expect(isRising(shown([...first, ...again], track))).toBe(true);
  });

  it('after which the clock has gone on changes nothing', () => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    const later = units(partsOf(film, ...scenes(FRAMES, { fromMs: 5000 })));
    expect(units(play([{ kind: 'gap' }, ...later], 1000))).toEqual(later);
  });
});

describe('a source that comes with other tracks', () => {
  it.each([
    ['codec data', mkv().video(1, { setUp: 'other' }).audio(2)],
    ['pictures of another size', mkv().video(1, { width: 640 }).audio(2)],
    ['another codec', mkv().video(1).audio(2, { codec: 'A_OPUS' })],
    ['numbers', mkv().video(2).audio(1)],
    ['one track more', film.subtitles(3)],
    ['a finer clock', mkv({ scale: 100_000 }).video(1).audio(2)],
    ['WebM', mkv({ docType: 'webm' }).video(1).audio(2)],
  ])('begins anew: %s', (_, other) => {
    const play = player();
    play(partsOf(film, ...scenes(FRAMES)), 0);
    const parts = partsOf(other, ...scenes(FRAMES));
    expect(play(parts, 5000)).toEqual(parts);
  });

  it('is not one whose frame rate was only guessed otherwise', () => {
    const play = player();
    const guessed = (duration: number) => partsOf(mkv().video(1, { defaultDuration: duration }), ...scenes(1));
    const first = play(guessed(40_000_000), 0);
    expect(headers(play(guessed(39_999_999), 5000))).toEqual(headers(first));
  });
});
