import { describe, expect, it } from 'vitest';
import { asf } from '../../../src/containers/asf/index.ts';
import { plain } from '../../../src/containers/asf/wires.ts';
import { framed, headers, joins, lost, sample, units } from '../../support/framing.ts';

const every = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('what real software sends', () => {
  it.each([
    {
      file: 'file-with-index.asf',
      packets: 68,
      keys: [0, 6, 13, 20, 26, 33, 40, 47, 54, 60],
      until: 19_690,
      over: true,
    },
    { file: 'audio-padded-start.asf', packets: 16, keys: every(16), until: 5572 },
    { file: 'two-audio-start.asf', packets: 9, keys: [0], until: 246 },
    { file: 'small-packets-start.asf', packets: 60, keys: [0, 56], until: 2046 },
    { file: 'asf_stream-muxer-start-and-end.bin', packets: 20, keys: [0, 18], until: 1046, over: true },
    { file: 'push-start-and-end.bin', packets: 20, keys: [0, 18], until: 1046, over: true },
    { file: 'push-stripped-audio-start.bin', packets: 16, keys: every(16), until: 5572 },
  ])('is understood: $file', ({ file, packets, keys, until, over = false }) => {
    const { parts, ...end } = framed(asf, sample(`asf/${file}`));
    expect(headers(parts).length).toBe(1);
    expect(units(parts).length).toBe(packets);
    expect(joins(parts)).toEqual(keys);
    expect(lost(parts)).toBe(0);
    expect(units(parts)[0]?.atMs).toBe(0);
    expect(units(parts).at(-1)?.atMs).toBe(until);
    expect(end.over).toBe(over);
  });

  it('lets viewers begin at true key frames of a VLC server, which marks every picture as one', () => {
    const { parts, held } = framed(asf, sample('asf/vlc-server-start.bin'));
    expect(joins(parts)).toEqual([8, 18]);
    expect(units(parts).length).toBe(20);
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
