// MPEG transport streams (ISO/IEC 13818-1), as broadcasters, FFmpeg, OBS, GStreamer and VLC send them.

import type { Container, Track } from '../container.ts';
import { framing, LARGEST_BYTES } from './framing.ts';
import { examine } from './health.ts';
import { PACKET_BYTES } from './packet.ts';
import { splice } from './splice.ts';
import { areWhole, recognise } from './sync.ts';
import { readHeader } from './tables.ts';
import { watch } from './watching.ts';
import { plain } from './wires.ts';

export const mpegts: Container = {
  name: 'mpegts',
  contentTypes: ['video/mp2t', 'video/mpegts', 'video/x-mpegts', 'audio/mp2t', 'application/x-mpegts'],
  largestBytes: LARGEST_BYTES,
  datagram: areWhole,
  recognise,
  framing,
  collects: true,
  wires: [plain],
  tracks,
  splice,
  fits: () => (unit) => unit.length > 0 && unit.length % PACKET_BYTES === 0,
  examine,
  manners: { watch },
};

function tracks(header: Buffer): Track[] {
  return readHeader(header).programs.flatMap((program) => program.tracks);
}
