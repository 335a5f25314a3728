import { expect, test } from 'vitest';
import { command } from '../../src/commands/command.ts';
import { read } from '../../src/commands/line.ts';
import { PumpError } from '../../src/errors.ts';

const row = {
  summary: 'does it',
  usage: ['A B'],
  help: 'Teaches.',
  takes: { least: 0, most: 1 },
  run: () => Promise.resolve(),
};
const serve = command({ ...row, name: 'serve', options: {} });
const push = command({
  ...row,
  name: 'push',
  options: { user: { type: 'string', value: 'NAME', says: 'who' }, loop: { type: 'boolean', says: 'again' } },
  takes: { least: 2, most: 2 },
});
const play = command({ ...row, name: 'play', options: {}, takes: { least: 0, most: 2, after: true } });
const table = [serve, push, play] as const;

function asked(...line: string[]) {
  const found = read(line, table);
  return 'text' in found ? found.text : { name: found.command.name, ...found.given, looks: found.looks };
}

function refused(...line: string[]): string {
  try {
    read(line, table);
  } catch (error) {
    if (error instanceof PumpError && error.code === 'usage') return error.message;
    throw error;
  }
  return 'nothing wrong';
}

test.each([
  [[], 'serve', []],
  [['serve'], 'serve', []],
  [['config.ts'], 'serve', ['config.ts']],
  [['serve', './x'], 'serve', ['./x']],
  [['--log-level', 'warn', 'push', '-', 'http://h/'], 'push', ['-', 'http://h/']],
  [['--user', 'push', 'push', 'a', 'b'], 'push', ['a', 'b']],
  [['push', '--loop', 'a', 'b'], 'push', ['a', 'b']],
])('%j is the command %s with %j', (line, name, positionals) => {
  expect(asked(...line)).toMatchObject({ name, positionals });
});

test("what stands after '--' is another program's, for a command that takes it", () => {
  const line = ['play', 'a', '--', '-i', '--log-level', '--', 'b'];
  expect(asked(...line)).toMatchObject({ positionals: ['a'], after: ['-i', '--log-level', '--', 'b'] });
  expect(asked('push', '--', '-a', 'b')).toMatchObject({ positionals: ['-a', 'b'], after: [] });
});

test('how the log looks is asked for with every command', () => {
  expect(asked('--log-level', 'debug', '--log-pretty')).toMatchObject({ looks: { level: 'debug', pretty: true } });
  expect(asked('--no-log-pretty')).toMatchObject({ looks: { level: 'info', pretty: false } });
});

test.each([
  [['pus'], "there is no command 'pus'; did you mean 'push'?"],
  [['xyzzy'], "there is no command 'xyzzy'; there are serve, push, play (stream-pump --help tells more)"],
  [['--lop', '3'], "serve: there is no option '--lop'"],
  [['push', 'a'], 'push: too few arguments: expected A B (stream-pump push --help tells more)'],
  [['push', 'a', 'b', 'c'], "push: 'c' is one argument too many"],
  [['push', '--lop', 'a', 'b'], "push: there is no option '--lop'; did you mean '--loop'?"],
  [['push', '-x', 'a', 'b'], "push: there is no option '-x'"],
  [['play', 'a', '-c:v', 'x'], "play: there is no option '-c'; FFmpeg's own arguments come last, after --"],
  [['push', '--constructor', 'a', 'b'], "push: there is no option '--constructor'"],
  [['push', 'a', 'b', '--user'], 'push: '],
  [['push', '--loop=5', 'a', 'b'], 'push: '],
  [['--log-level', 'loud'], '--log-level: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"'],
])('%j is told to be wrong in one line', (line, message) => {
  expect(refused(...line)).toContain(message);
  expect(refused(...line)).not.toContain('\n');
});

test('help teaches the command that it is asked of', () => {
  expect(asked('push', '--help')).toMatch(/^stream-pump push: does it\n[^]*Teaches\.[^]*--user NAME +who\n/);
  expect(asked('-h')).toMatch(/^ {2}serve +does it\n {2}push +does it$/m);
});
