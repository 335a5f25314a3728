import { describe, expect, it } from 'vitest';
import { file } from '../../src/sources/file.ts';
import { readPlace } from '../../src/sources/place.ts';

describe('the address of a file source', () => {
  it.each([
    ['film.mkv', { kind: 'path', path: 'film.mkv' }],
    ['/a/b c?d#e', { kind: 'path', path: '/a/b c?d#e' }],
    ['file:///a/b%20c', { kind: 'path', path: '/a/b c' }],
    ['-', { kind: 'stdin' }],
    ['tcp://0.0.0.0:12345?listen', { kind: 'socket', door: { host: '0.0.0.0', port: 12_345 }, listen: true }],
    ['TCP://media.example:1/', { kind: 'socket', door: { host: 'media.example', port: 1 }, listen: false }],
    ['tcp://[::1]:80', { kind: 'socket', door: { host: '::1', port: 80 }, listen: false }],
    ['unix:/run/x.sock', { kind: 'socket', door: { path: '/run/x.sock' }, listen: false }],
    ['unix:///run/x.sock?listen', { kind: 'socket', door: { path: '/run/x.sock' }, listen: true }],
  ])('%j is understood', (text, place) => {
    expect(readPlace(text)).toEqual(place);
    expect(file.schema.safeParse({ url: text }).success).toBe(true);
  });

  it.each([
    '',
    'http://a/',
    'udp://239.0.0.1:5004',
    'tcp://a',
    'tcp://a:0',
    'tcp://a:65536',
    'tcp://:1?listen',
    'tcp://a:1?lisen',
    'unix:',
    `unix:/${'x'.repeat(108)}`,
    'file://host/x',
    'a\0b',
    'x'.repeat(5000),
  ])('%j is refused', (text) => {
    expect(readPlace(text)).toBeUndefined();
    expect(file.schema.safeParse({ url: text }).success).toBe(false);
  });
});
