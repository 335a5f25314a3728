// What a command is: a row of the table that the command line is read by and `--help` is written from.

import type { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import type { Looks } from '../log.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** what stands for its value in the help */
  readonly value?: string;
  /** its sentence in the help */
  readonly says: string;
}

export type Options = Readonly<Record<string, Option>>;

export interface Given<O extends Options> {
  readonly values: ReturnType<typeof parseArgs<{ options: { -readonly [K in keyof O]: O[K] } }>>['values'];
  readonly positionals: readonly string[];
  /** what stood after `--` */
  readonly after?: readonly string[];
  readonly log: Logger;
  /** what the log was opened by, for processes that are started */
  readonly looks?: Looks;
  /** From now on SIGHUP calls this instead of stopping the command. */
  readonly onHangUp?: (call: () => void) => void;
  /** From now on SIGUSR2 calls this: logrotate sends it when it has moved a file away. */
  readonly onReopen?: (call: () => void) => void;
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** half a line, for the list of commands */
  readonly summary: string;
  /** what stands after the command's name, a line for each form */
  readonly usage: readonly string[];
  /** teaches: what it does, what one sees then, examples */
  readonly help: string;
  readonly options: O;
  /** how many arguments it takes, and whether another program's after a `--` */
  readonly takes: { readonly least: number; readonly most: number; readonly after?: true };
  /** Resolves when it has ended as asked. A PumpError of code 'usage' is wrong usage, all else a failure. */
  run(given: Given<O>, signal: AbortSignal): Promise<void>;
}

/** Ties the values that `run` gets to the options that are listed. */
export function command<const O extends Options>(row: Command<O>): Command<O> {
  return row;
}
