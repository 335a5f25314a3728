// How fast bytes become parts, by the size of the chunks that they come in: Windows Media frames, plain ASF, transport streams. A socket
// hands over up to 64 KiB at once; 1448 bytes are one segment of Ethernet. How to read it: README.md.

import { bench, describe } from 'vitest';
import { asf as windowsMedia } from '../src/containers/asf/index.ts';
import type { Container } from '../src/containers/container.ts';
import { Framer } from '../src/containers/framer.ts';
import { mpegts } from '../src/containers/mpegts/index.ts';
import { asf } from '../spec/support/asf.ts';
import { played } from '../spec/support/mmsh.ts';
import { ts } from '../spec/support/ts.ts';

const CHUNK_BYTES = [65_536, 16_384, 1448, 256];
const PACKETS = 1000;
/** what FFmpeg writes where nothing else is said */
const PACKET_BYTES = 3200;

const film = asf({ packetSize: PACKET_BYTES }).video(1).audio(2);
const payloads = [
  { stream: 1, key: true, shownMs: 3000, bytes: 2000 },
  { stream: 2, key: true, shownMs: 3000, bytes: 1000 },
];
const packets = Array.from({ length: PACKETS }, (_, n) => film.packet({ payloads, sendMs: 10 * n }));
const tv = ts();
for (let frame = 0; frame < 250; frame++) {
  const ms = 40 * frame;
  if (frame % 5 === 0) tv.tables();
  if (frame % 25 === 0) tv.key(ms, { bytes: 40_000 });
  else tv.picture(ms, { bytes: 12_000 });
  tv.sound(ms, { bytes: 700 });
}

const forms: Readonly<Record<string, readonly [Container, Buffer]>> = {
  'Windows Media frames': [windowsMedia, played(film.header(), packets)],
  'plain ASF': [windowsMedia, Buffer.concat([film.header(), ...packets])],
  'a transport stream': [mpegts, tv.bytes],
};

/** Into parts, and on to whoever looks at them, as a stream does that is read. */
function read(container: Container, chunks: readonly Buffer[], isWhole: boolean): number {
  const framer = new Framer(container);
  const [splice, examination] = isWhole ? [container.splice(), container.examine?.()] : [];
  let units = 0;
  for (const chunk of chunks) {
    for (const part of framer.push(chunk)) {
      if (part.kind === 'unit') units += 1;
      const spliced = splice?.(part, units) ?? part;
      examination?.take(spliced, units);
    }
  }
  return units;
}

for (const [form, [container, stream]] of Object.entries(forms)) {
  describe(`${form}, ${(stream.length / 1e6).toFixed(1)} MB an operation`, () => {
    const chunksOf = (bytes: number) => {
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; at += bytes) chunks.push(stream.subarray(at, at + bytes));
      return chunks;
    };
    const expected = read(container, [stream], false);
    const check = (units: number) => {
      if (units < 900 || units !== expected) throw new Error(`${units} units of ${expected}`);
    };
    for (const bytes of CHUNK_BYTES) {
      const chunks = chunksOf(bytes);
      bench(`in chunks of ${bytes} bytes`, () => check(read(container, chunks, false)));
    }
    const chunks = chunksOf(CHUNK_BYTES[0] ?? 0);
    bench('with splice and examination', () => check(read(container, chunks, true)));
  });
}
