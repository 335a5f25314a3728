// How fast bytes become parts, by the size of the chunks that they come in: Windows Media frames and plain ASF. A socket hands
// over up to 64 KiB at once; 1448 bytes are one segment of Ethernet. How to read it: README.md.

import { bench, describe } from 'vitest';
import { asf as container } from '../src/containers/asf/index.ts';
import { Framer } from '../src/containers/framer.ts';
import { asf } from '../spec/support/asf.ts';
import { played } from '../spec/support/mmsh.ts';

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
const forms = {
  'Windows Media frames': played(film.header(), packets),
  'plain ASF': Buffer.concat([film.header(), ...packets]),
};

for (const [form, stream] of Object.entries(forms)) {
  describe(`${form}, ${(stream.length / 1e6).toFixed(1)} MB an operation`, () => {
    for (const bytes of CHUNK_BYTES) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; at += bytes) chunks.push(stream.subarray(at, at + bytes));
      bench(`in chunks of ${bytes} bytes`, () => {
        const framer = new Framer(container);
        let units = 0;
        for (const chunk of chunks) for (const part of framer.push(chunk)) if (part.kind === 'unit') units += 1;
        if (units !== PACKETS) throw new Error(`${units} packets of ${PACKETS}`);
      });
    }
  });
}
