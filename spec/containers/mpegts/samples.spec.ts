import { describe, expect, it } from 'vitest';
import { mpegts } from '../../../src/containers/mpegts/index.ts';
import { headers, sample, units } from '../../support/framing.ts';
import { PACKET } from '../../support/ts-packet.ts';
import { joinsAt, losses, packetsOf, parts, pidOf, sent } from './reading.ts';

/** Numbers as ffprobe and a count by hand tell them. */
describe.each([
  {
    file: 'ffmpeg-h264-aac-start.mpegts',
    begin: 3,
    joins: [0],
    pids: { 0x00: 7, 0x11: 1, 0x100: 350, 0x101: 32, 0x1000: 7 },
    tracks: ['H.264', 'AAC'],
    atMs: 723,
  },
  {
    file: 'ffmpeg-mpeg2-mp2-cbr-middle.mpegts',
    begin: 19,
    joins: [0, 574 - 19],
    pids: { 0x00: 8, 0x11: 1, 0x30: 8, 0x1fff: 7 },
    tracks: ['MPEG-2 video', 'MP2'],
    atMs: 1902,
  },
])('$file', ({ file, begin, joins, pids, tracks, atMs }) => {
  const bytes = sample(`mpegts/${file}`);
  const out = parts(bytes);

  it('comes out whole from the first place to begin on', () => {
    expect(sent(out).equals(bytes.subarray(begin * PACKET))).toBe(true);
    expect(joinsAt(out)).toEqual(joins);
    expect(losses(out)).toEqual({});
    const counts: Record<number, number> = {};
    for (const packet of packetsOf(sent(out))) counts[pidOf(packet)] = (counts[pidOf(packet)] ?? 0) + 1;
    expect(counts).toMatchObject(pids);
  });

  it('is known for what it is', () => {
    const [header] = headers(out);
    expect(mpegts.tracks(header ?? bytes).map(({ codec }) => codec)).toEqual(tracks);
    expect(units(out)[0]?.atMs).toBe(atMs);
    expect(mpegts.recognise(bytes)).toBe(true);
  });
});
