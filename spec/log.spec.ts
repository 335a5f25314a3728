import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { sparing, tally, withoutCredentials } from '../src/log.ts';
import { handClock } from './support/clock.ts';

describe('what is shown of a URL', () => {
  test.each([
    ['http://user:pw@host:80/a?b=c#d', 'http://host:80/a?b=c#d'],
    ['mmsh://user@host/a', 'mmsh://host/a'],
    ['MMS://u:p@w@host/a', 'MMS://host/a'],
    ['http+unix://%2Frun%2Fpump.sock/streams/x', 'http+unix://%2Frun%2Fpump.sock/streams/x'],
    ['//user:pw@host/a', '//host/a'],
    ['user:pw@host:80', 'host:80'],
    ['http:user:pw@host', 'host'],
    ['http:\\\\user:pw@host\\a', 'http:\\\\host\\a'],
    ['http://user:p/w@host/a', 'http://host/a'],
    ['http://host/a?token=abc&b=1', 'http://host/a?token=***&b=1'],
    ['http://host/a?b=1&Api_Key=abc;password=x', 'http://host/a?b=1&Api_Key=***;password=***'],
    ['http://host/#access_token=abc', 'http://host/#access_token=***'],
    ['http://host/a@b?c=d@e', 'http://host/a@b?c=d@e'],
    ['film@home.asf', 'film@home.asf'],
    ['/srv/film@home.asf', '/srv/film@home.asf'],
    ['tcp://0.0.0.0:1234?listen', 'tcp://0.0.0.0:1234?listen'],
    ['', ''],
    ['%', '%'],
    ['http://[', 'http://['],
  ])('%s is shown as %s', (url, shown) => {
    expect(withoutCredentials(url)).toBe(shown);
  });
});

describe('a tally', () => {
  test('logs a thousand repeats as one line a second, with the count and the last fields', async () => {
    const lines: unknown[] = [];
    const stream = new Writable({
      write(line: Buffer, _encoding, done) {
        const { count, n, msg } = JSON.parse(line.toString());
        lines.push({ count, n, msg });
        done();
      },
    });
    const clock = handClock();
    const count = tally(pino({}, stream), 'connection refused', clock);
    for (let n = 0; n < 1000; n++) count({ n });
    expect(lines).toEqual([]);
    await clock.advance(1000);
    expect(lines).toEqual([{ count: 1000, n: 999, msg: 'connection refused' }]);
    await clock.advance(5000);
    expect(lines).toHaveLength(1);
    expect(clock.waiting).toBe(0);
    count({ n: 7 });
    await clock.advance(1000);
    expect(lines.at(-1)).toEqual({ count: 1, n: 7, msg: 'connection refused' });
  });
});

describe('a crowd', () => {
  test('that brings about thousands of lines a second is told in a hundred, and how many more there were', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(line: Buffer, _encoding, done) {
        lines.push(JSON.parse(line.toString()).msg);
        done();
      },
    });
    const clock = handClock();
    const leftOut: [string, number][] = [];
    const log = pino({ level: 'debug', hooks: sparing(clock, (...one) => leftOut.push(one)) }, stream);
    for (let n = 0; n < 2000; n++) log.child({ n }).warn({ n }, 'request refused');
    for (let n = 0; n < 200; n++) log.debug('what was asked for is all told');
    log.info('something else');
    expect(lines.filter((message) => message === 'request refused')).toHaveLength(100);
    expect(lines.filter((message) => message === 'what was asked for is all told')).toHaveLength(200);
    expect(lines.at(-1)).toBe('something else');
    await clock.advance(1000);
    expect(leftOut).toEqual([['request refused', 1900]]);
    log.warn('request refused');
    expect(lines.at(-1)).toBe('request refused');
    await clock.advance(1000);
    expect(leftOut).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});
