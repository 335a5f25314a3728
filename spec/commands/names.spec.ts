import { expect, test } from 'vitest';
import { namesOf } from '../../src/commands/names.ts';

test.each([
  ['film.mkv', 'film'],
  ['/a/b/Film 1 (final).mp4', 'Film-1-final'],
  ['Été à Paris.webm', 'Ete-a-Paris'],
  ['.hidden', 'hidden'],
  ['tar.v2.mkv', 'tar-v2'],
  ['日本.mkv', 'live'],
  [`${'x'.repeat(100)}.mkv`, 'x'.repeat(60)],
  ['-', 'live'],
  ['', 'live'],
  ['tcp://0.0.0.0:1?listen', 'live'],
  ['http://a.example/b/Film%201.mkv?token=x', 'Film-1'],
  ['http://a.example/%zz', 'zz'],
  ['mmsh://tv.example/', 'tv-example'],
  ['udp://239.1.2.4:1234', '239-1-2-4'],
  ['rtsp://me:secret@camera/', 'camera'],
])('%s is called %s', (input, name) => expect(namesOf([input], [])).toEqual([name]));

test('no two are called the same, whatever case they are written in', () => {
  expect(namesOf(['a.mkv', 'b/A.mp4', 'a.avi'], [])).toEqual(['a', 'A-2', 'a-3']);
});

test('a name is numbered for several inputs, and several names are one for each', () => {
  expect(namesOf(['a'], ['x'])).toEqual(['x']);
  expect(namesOf(['a', 'b'], ['x'])).toEqual(['x-1', 'x-2']);
  expect(namesOf(['a', 'b'], ['x', 'y'])).toEqual(['x', 'y']);
});
