// `stream-pump check`: every mistake in a configuration at once.

import { PumpError } from '../errors.ts';
import { readConfig } from '../config.ts';
import { command } from './command.ts';
import { count } from './figures.ts';
import { mistaken } from './mistaken.ts';
import { HERE } from './serve.ts';

export const check = command({
  name: 'check',
  summary: 'says every mistake in a configuration at once',
  usage: ['[CONFIG]'],
  help: `Reads CONFIG (default: ${HERE}) and says every mistake in it, a line each: where it is, what was expected, what is there.
Nothing is opened and nothing runs. Exit code 0: it is good; 1: there are mistakes; 2: there is no such file.

  stream-pump check /etc/stream-pump.json`,
  options: {},
  takes: { least: 0, most: 1 },
  async run({ positionals: [file = HERE] }) {
    const judged = await readConfig(file);
    if ('mistakes' in judged) {
      process.stdout.write(judged.mistakes.map((mistake) => `${mistake}\n`).join(''));
      throw new PumpError('malformed', mistaken(file, judged.mistakes));
    }
    for (const warning of judged.warnings) process.stdout.write(`warning: ${warning}\n`);
    process.stdout.write(`${file} is good: ${count(judged.config.streams.length, 'stream')}\n`);
  },
});
