import { describe, expect, it } from 'vitest';
import { asf } from '../../../src/containers/asf/index.ts';
import { plain } from '../../../src/containers/asf/wires.ts';
import { framed, headers, joins, lost, sample, units } from '../../support/framing.ts';

const every = (count: number) => Array.from({ length: count }, (_, n) => n);

// `cut`: packets in whose middle a key frame begins, each of which becomes two.
describe('what real software sends', () => {
  it.each([
    {
      file: 'file-with-index.asf',
      packets: 68,
      cut: 7,
      keys: [0, 7, 15, 22, 29, 37, 45, 53, 60, 67],
      until: 19_690,
      over: true,
    },
    { file: 'audio-padded-start.asf', packets: 16, keys: every(16), until: 5572 },
    { file: 'two-audio-start.asf', packets: 9, keys: [0], until: 246 },
    { file: 'small-packets-start.asf', packets: 60, cut: 1, keys: [0, 57], until: 2046 },
    { file: 'asf_stream-muxer-start-and-end.bin', packets: 20, cut: 1, keys: [0, 19], until: 1046, over: true },
    { file: 'push-start-and-end.bin', packets: 20, cut: 1, keys: [0, 19], until: 1046, over: true },
    { file: 'push-stripped-audio-start.bin', packets: 16, keys: every(16), until: 5572 },
  ])('is understood: $file', ({ file, packets, cut = 0, keys, until, over = false }) => {
    const { parts, ...end } = framed(asf, sample(`asf/${file}`));
    expect(headers(parts).length).toBe(1);
    expect(units(parts).length).toBe(packets + cut);
    expect(joins(parts)).toEqual(keys);
    expect(lost(parts)).toBe(0);
    expect(units(parts)[0]?.atMs).toBe(0);
    expect(units(parts).at(-1)?.atMs).toBe(until);
    expect(end.over).toBe(over);
  });

  it('lets viewers begin at true key frames of a VLC server, which marks every picture as one', () => {
    const { parts, held } = framed(asf, sample('asf/vlc-server-start.bin'));
    expect(joins(parts)).toEqual([9, 20]);
    expect(units(parts).length).toBe(20 + 2);
    expect(held).toBe(1000 - 4);
  });

  it('leaves for plain viewers as it was before an encoder took the padding away', () => {
    const whole = framed(asf, sample('asf/audio-padded-start.asf')).parts;
    const stripped = framed(asf, sample('asf/push-stripped-audio-start.bin')).parts;
    const dress = plain.dress(headers(stripped)[0] ?? Buffer.alloc(0));
    expect(units(stripped)[0]?.bytes.length).toBeLessThan(3200);
    expect(units(stripped).map(({ bytes }) => dress.unit?.(bytes, 0))).toEqual(units(whole).map(({ bytes }) => bytes));
  });
});
