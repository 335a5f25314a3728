import { expect, test } from 'vitest';
import { type Wish, streamsOf } from '../../src/commands/inputs.ts';
import { judge } from '../../src/config.ts';

const wish = (inputs: string[], more: Partial<Wish> = {}) =>
  streamsOf({ inputs, names: [], loop: false, after: [], ...more });

test.each([
  ['film.mkv', { type: 'file', url: 'film.mkv', paced: true, remux: true }],
  ['-', { type: 'file', url: '-', paced: true, remux: true }],
  ['tcp://0.0.0.0:1?listen', { type: 'file', url: 'tcp://0.0.0.0:1?listen' }],
  ['http://a/b', { type: 'pull', url: 'http://a/b', remux: true }],
  ['mmsh://a/b', { type: 'pull', url: 'mmsh://a/b' }],
  ['udp://239.0.0.1:1', { type: 'multicast', url: 'udp://239.0.0.1:1' }],
  ['rtp://[::1]@[ff35::1]:1', { type: 'multicast', url: 'rtp://[::1]@[ff35::1]:1' }],
  ['rtsp://a/b', { type: 'ffmpeg', input: ['-rtsp_flags', 'prefer_tcp', '-i', 'rtsp://a/b'] }],
  ['srt://a:1', { type: 'ffmpeg', input: ['-i', 'srt://a:1'] }],
])('%s is a stream of its own kind', (input, stream) => {
  expect(wish([input])).toMatchObject([stream]);
  expect(judge({ streams: wish([input]) })).toHaveProperty('config');
});

test("FFmpeg's arguments make it FFmpeg's, and stand behind its input", () => {
  const after = ['-c:v', 'libx264'];
  expect(wish(['-a:b.mkv'], { after, loop: true })).toMatchObject([
    { type: 'ffmpeg', input: ['-i', 'file:-a:b.mkv', ...after], loop: true },
  ]);
  expect(wish(['-'], { after })).toMatchObject([{ input: ['-i', '-', ...after] }]);
  expect(wish(['http://a/'], { after })).toMatchObject([{ input: ['-i', 'http://a/', ...after] }]);
});

test("FFmpeg's arguments with an input need no other", () => {
  const after = ['-f', 'x11grab', '-i', ':0'];
  expect(wish([], { after, names: ['desk'] })).toEqual([{ path: 'desk', type: 'ffmpeg', input: after, loop: false }]);
});

test('titles hold no passwords', () => {
  expect(wish(['rtsp://me:secret@camera/x'])).toMatchObject([{ title: 'rtsp://camera/x' }]);
});

test.each([
  [[], {}, /too few arguments/],
  [[], { after: ['-c', 'copy'] }, /too few arguments/],
  [['film.mkv', ''], {}, /cannot play an empty name: expected a file, - for stdin or an address/],
  [['-', '-'], {}, /stdin can be played once/],
  [['a', 'b', 'c'], { names: ['x', 'y'] }, /--name: expected one, or one for each of 3/],
  [['udp://239.0.0.1'], {}, /cannot play udp:\/\/239.0.0.1: expected an address such as/],
  [['rtp://239.0.0.1:1'], { loop: true }, /cannot loop rtp:/],
  [['http://me:secret@a/'], { loop: true }, /cannot loop http:\/\/a\//],
  [['-'], { loop: true }, /cannot loop -/],
])('wrong usage is told: %j %j', (inputs, more, sentence) => {
  expect(() => wish(inputs, more)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(sentence) }),
  );
});
