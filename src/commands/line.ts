// Reads the command line against the table of commands. What is not known is answered with the nearest that is.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PumpError, explain } from '../errors.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { nearest } from '../nearest.ts';
import type { Command, Given, Option, Options } from './command.ts';
import { helpOf, overview } from './help.ts';
import { version } from '../version.ts';

/** Every command knows these. */
const common = {
  'log-level': { type: 'string', value: 'LEVEL', says: `how much is logged: ${LOG_LEVELS.join(', ')} (default: info)` },
  'log-pretty': {
    type: 'boolean',
    says: 'log for people, not as JSON (the default on a terminal; --no-log-pretty: never)',
  },
  help: { type: 'boolean', short: 'h', says: 'show this' },
  version: { type: 'boolean', says: 'show the version' },
} as const satisfies Options;

export type Asked =
  | { readonly text: string }
  | {
      readonly command: Command;
      readonly given: Omit<Given<Options>, 'log' | 'looks'>;
      readonly looks: { readonly level: LogLevel; readonly pretty: boolean };
    };

type Table = readonly [Command, ...Command[]];

export function read(line: readonly string[], table: Table): Asked {
  const { command, rest } = choose(line, table);
  const end = command?.takes.after ? rest.indexOf('--') : -1;
  const [own, after] = end < 0 ? [rest, []] : [rest.slice(0, end), rest.slice(end + 1)];
  const { values, positionals } = parse(own, command ?? table[0]);
  if (values['version'] === true) return { text: version() };
  if (values['help'] === true) return { text: command ? helpOf(command, common) : overview(table, common) };
  const chosen = command ?? table[0];
  const { least, most } = chosen.takes;
  if (positionals.length < least)
    throw wrong(`${chosen.name}: too few arguments: expected ${chosen.usage[0] ?? ''}`, chosen);
  if (positionals.length > most) throw wrong(`${chosen.name}: '${positionals[most]}' is one argument too many`, chosen);
  return { command: chosen, given: { values, positionals, after }, looks: looks(values) };
}

/** The first argument that is no option names the command, unless it is a configuration for `serve`. */
function choose(line: readonly string[], table: Table): { command?: Command; rest: readonly string[] } {
  const options: Options = Object.assign({}, ...table.map(({ options }) => options), common);
  const { tokens } = parseArgs({ args: [...line], options, strict: false, allowNegative: true, tokens: true });
  const word = tokens.find(({ kind }) => kind !== 'option');
  if (word?.kind !== 'positional') return { rest: line };
  const command = table.find(({ name }) => name === word.value);
  if (command) return { command, rest: line.toSpliced(word.index, 1) };
  if (isFile(word.value)) return { command: table[0], rest: line };
  // What stands behind an option that is not known may be its value: then the option is the mistake.
  if (tokens.some((token) => token.kind === 'option' && token.index < word.index && !isKnown(token.name, options)))
    return { rest: line };
  const names = table.map(({ name }) => name);
  throw new PumpError(
    'usage',
    `there is no command '${word.value}'; ${hint(nearest(word.value, names)) || `there are ${names.join(', ')} (stream-pump --help tells more)`}`,
  );
}

const isFile = (word: string) => /[./\\]/.test(word) || existsSync(word);

function parse(line: readonly string[], command: Command) {
  const options: Options = { ...command.options, ...common };
  const args = [...line];
  const { tokens } = parseArgs({ args, options, strict: false, allowNegative: true, tokens: true });
  const unknown = tokens.find((token) => token.kind === 'option' && !isKnown(token.name, options));
  if (unknown?.kind === 'option') {
    const meant = hint(nearest(unknown.name, Object.keys(options)), '--');
    const otherwise = command.takes.after ? "; FFmpeg's own arguments come last, after --" : '';
    throw wrong(`${command.name}: there is no option '${unknown.rawName}'${meant ? `; ${meant}` : otherwise}`, command);
  }
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw wrong(`${command.name}: ${explain(error)}`, command);
  }
}

function isKnown(name: string, options: Readonly<Record<string, Option>>): boolean {
  if (Object.hasOwn(options, name)) return true;
  if (Object.values(options).some(({ short }) => short === name)) return true;
  return name.startsWith('no-') && options[name.slice('no-'.length)]?.type === 'boolean';
}

function looks(values: Readonly<Record<string, unknown>>): { level: LogLevel; pretty: boolean } {
  const { 'log-level': asked = 'info' } = values;
  const level = LOG_LEVELS.find((name) => name === asked);
  if (!level)
    throw new PumpError('usage', `--log-level: expected one of ${LOG_LEVELS.join(', ')}, got ${JSON.stringify(asked)}`);
  const pretty = values['log-pretty'];
  return { level, pretty: typeof pretty === 'boolean' ? pretty : process.stderr.isTTY };
}

const hint = (meant: string | undefined, before = '') =>
  meant === undefined ? '' : `did you mean '${before}${meant}'?`;

function wrong(message: string, { name }: Command): PumpError {
  return new PumpError('usage', `${message.replace(/[.\s]+$/, '')} (stream-pump ${name} --help tells more)`);
}
