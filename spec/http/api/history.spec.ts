import { expect, it } from 'vitest';
import { MOST_SAMPLES, history } from '../../../src/http/api/history.ts';
import { feed } from '../stage.ts';

it('the last minutes are kept, no more of them, and only of streams that there are', () => {
  const streams = new Map(['a', 'b'].map((path) => [path, feed(path).stream]));
  const past = history(streams);
  past.sample();
  past.sample();
  expect(past.all()).toEqual({ a: { bitrate: [0, 0], viewers: [0, 0] }, b: { bitrate: [0, 0], viewers: [0, 0] } });

  streams.delete('b');
  for (let n = 0; n < MOST_SAMPLES + 5; n += 1) past.sample();

  expect(Object.keys(past.all())).toEqual(['a']);
  expect(past.all()['a']?.bitrate).toHaveLength(MOST_SAMPLES);
  expect(past.all()['a']?.viewers).toHaveLength(MOST_SAMPLES);
});
