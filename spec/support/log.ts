// Loggers for specs: one that says nothing, and one whose lines are there to be read.

import { type LoggerOptions, pino } from 'pino';

export const silent = pino({ level: 'silent' });

export function writtenLog(options: LoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: pino(options, { write: (line: string) => void lines.push(JSON.parse(line)) }) };
}
