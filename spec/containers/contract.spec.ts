import { describe, expect, it } from 'vitest';
import { containers } from '../../src/containers/index.ts';
import { asf } from '../support/asf.ts';
import { mkv, scenes, sounds } from '../support/matroska.ts';
import { played, pushed } from '../support/mmsh.ts';
import { AUDIO, film as broadcast, radio, ts } from '../support/ts.ts';
import { keepsTheContract, type Specimen } from './contract.ts';

const plain = asf().video(1).audio(2);
const other = asf({ packetSize: 500 }).video(1, { codec: 'WVC1' }).audio(2);
const sound = asf().audio(2).audio(5);
const stripped = plain.packets(12, { stripped: true });

const film = mkv().video(1).audio(2);
const otherFilm = mkv().video(1, { setUp: 'other' }).audio(2).header();
const music = mkv({ docType: 'webm' }).audio(1, { codec: 'A_OPUS' });

/** A container without an entry here is a container that is not tested. */
const specimens: Readonly<Record<string, Readonly<Record<string, Specimen>>>> = {
  asf: {
    'as a file': { stream: Buffer.concat([plain.header(), ...plain.packets(12)]), other: other.header() },
    'as an encoder pushes it': { stream: pushed(plain.header(), stripped), other: other.header() },
    'as a server sends it': { stream: played(plain.header(), stripped, 0xffff_fffa), other: other.header() },
    'sound alone': { stream: pushed(sound.header(), sound.packets(12, { stripped: true })), other: other.header() },
  },
  matroska: {
    'as a file': { stream: film.file(...scenes(24)), other: otherFilm },
    'of unknown sizes': { stream: Buffer.concat([film.header(), ...scenes(24, { open: true })]), other: otherFilm },
    'sound alone': { stream: music.file(...sounds(40)), other: otherFilm },
    'sound alone, of unknown sizes': {
      stream: Buffer.concat([music.header(), ...sounds(20, { open: true })]),
      other: otherFilm,
    },
  },
  mpegts: {
    'with pictures': {
      stream: ts().tables().second(0).tables().second(1000).second(2000).bytes,
      other: ts({ programs: [radio] }).tables().bytes,
    },
    'sound alone': {
      stream: soundOf([0, 200, 400, 600, 800, 1000, 1200]),
      other: ts({ programs: [broadcast] }).tables().bytes,
    },
  },
};

function soundOf(times: readonly number[]): Buffer {
  const stream = ts({ programs: [radio] }).tables();
  for (const ms of times) stream.sound(ms, { pid: AUDIO, pcr: stream.ticks(ms) });
  return stream.bytes;
}

describe('the list of containers', () => {
  it('is tested whole', () => {
    expect(Object.keys(specimens)).toEqual(containers.map(({ name }) => name));
  });
});

for (const container of containers) keepsTheContract(container, specimens[container.name] ?? {});
