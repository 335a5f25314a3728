import { expect, it } from 'vitest';
import { judge } from '../../src/config.ts';

const mistakes = (...streams: object[]) => {
  const judged = judge({ streams: streams.map((stream, n) => ({ path: `s${n}`, type: 'push', ...stream })) });
  return 'mistakes' in judged ? judged.mistakes : [];
};
const from = (url: string, more: object = {}) => ({ type: 'multicast', url, ...more });

it('a stream that would be sent to where it, or another, comes from is refused', () => {
  const loop =
    /^streams\[0\]\.multicastTo: expected another address, got 'rtp:\/\/239\.1\.1\.1:5004', where streams\[0\] comes from$/;
  expect(mistakes({ ...from('udp://239.1.1.1:5004'), multicastTo: 'rtp://239.1.1.1:5004' })).toEqual([
    expect.stringMatching(loop),
  ]);
  expect(
    mistakes(
      { multicastTo: ['udp://239.2.2.2:5004', { url: 'udp://[ff15:0::1]:5004' }] },
      from('udp://[ff15::1]:5004'),
    ),
  ).toEqual([expect.stringMatching(/^streams\[0\]\.multicastTo\[1\]: .* where streams\[1\] comes from$/)]);
});

it('two streams that would get between each other are refused', () => {
  expect(mistakes({ multicastTo: 'udp://239.1.1.1:5004' }, { multicastTo: 'rtp://239.1.1.1:5004' })).toEqual([
    expect.stringMatching(
      /^streams\[1\]\.multicastTo: expected an address of its own, .* where streams\[0\] is sent to$/,
    ),
  ]);
});

it.each([
  ['another port', from('udp://239.1.1.1:5004'), { multicastTo: 'udp://239.1.1.1:5006' }],
  [
    'another network',
    from('udp://239.1.1.1:5004', { interface: 'eth0' }),
    { multicastTo: { url: 'udp://239.1.1.1:5004', interface: 'eth1' } },
  ],
  ['somebody else alone is heard', from('udp://10.0.0.7@232.1.1.1:5004'), { multicastTo: 'udp://232.1.1.1:5004' }],
  ['it is switched off', from('udp://239.1.1.1:5004', { enabled: false }), { multicastTo: 'udp://239.1.1.1:5004' }],
])('what cannot come back is allowed: %s', (_, one, other) => {
  expect(mistakes(one, other)).toEqual([]);
});

it('a format that is not sent in datagrams is refused where it is configured', () => {
  expect(mistakes({ container: 'asf', multicastTo: 'udp://239.1.1.1:5004' })).toEqual([
    "streams[0].container: expected mpegts for a stream with 'multicastTo', got 'asf'",
  ]);
  expect(mistakes({ container: 'mpegts', multicastTo: 'udp://239.1.1.1:5004' })).toEqual([]);
});
