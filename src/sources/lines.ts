// What another program says, line by line, however it ends its lines and whatever it writes.

import type { Readable } from 'node:stream';

/** The rest of a longer line is dropped: nobody reads on, and it must not grow without end. */
const LONGEST_LINE = 500;

export function linesOf(stream: Readable, told: (line: string) => void): void {
  let held = '';
  const tell = () => {
    if (held.trim() !== '') told(held.trim());
    held = '';
  };
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split(/[\r\n]/);
    held = (held + first).slice(0, LONGEST_LINE);
    for (const line of others) {
      tell();
      held = line.slice(0, LONGEST_LINE);
    }
  });
  stream.on('end', tell).on('error', tell);
}
