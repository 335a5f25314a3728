// What `--help` says, written from the table of commands.

import type { Command, Options } from './command.ts';

const GAP = '  ';

export function overview(table: readonly Command[], common: Options): string {
  const rows = table.map(({ name, summary }) => [name, summary] as const);
  return `Stream Pump: one live source in, thousands of viewers out, over HTTP, nothing transcoded.

Usage: stream-pump [COMMAND] [OPTIONS] [ARGUMENTS]

Commands:
${columns(rows)}

Options of all commands:
${columns(optionRows(common))}

Try it: 'stream-pump' alone, where no configuration is, runs a demonstration and says what to open.
'stream-pump COMMAND --help' teaches a command.`;
}

export function helpOf({ name, summary, usage, help, options }: Command, common: Options): string {
  const forms = usage.map((form) => `stream-pump ${name} ${form}`.trimEnd());
  const own = optionRows(options);
  return `stream-pump ${name}: ${summary}

Usage: ${forms.join('\n       ')}

${help}

Options:
${columns([...own, ...optionRows(common)])}`;
}

function optionRows(options: Options): Array<readonly [string, string]> {
  return Object.entries(options).map(([name, { short, value, says }]) => {
    const letter = short === undefined ? '' : `-${short}, `;
    return [`${letter}--${name}${value === undefined ? '' : ` ${value}`}`, says];
  });
}

function columns(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${GAP}${left.padEnd(width)}${GAP}${right}`).join('\n');
}
