// The root logger and what keeps it quiet and clean. The log goes to stderr always: stdout belongs to what a command was
// asked for, and stays a clean pipe. Readable on a terminal, one JSON object a line elsewhere.
// A message is a constant phrase (`source opened`, `viewer left`); everything that varies is a field.

import { type DestinationStream, type Logger, type LoggerOptions, destination, pino, stdTimeFunctions } from 'pino';
import { type Clock, realClock } from './clock.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What nearly everything that goes on for a while is given. */
export interface Around {
  readonly log: Logger;
  readonly clock: Clock;
}

/** A log whose reader stands still (a full pipe, a stopped journal) loses lines beyond this; viewers never wait for it. */
const UNREAD_LOG_BYTES = 1 << 20;
const TALLY_MS = 1000;
/** Lines of one message a second. What clients bring about by the thousand (they come, go, are refused) is only counted beyond, so that
 *  no crowd of them fills a disk; who must have each visit has the access log. */
const MOST_LINES = 100;
const SECOND_MS = 1000;
/** pino's number of `info` */
const USUAL = 30;

type Destination = ReturnType<typeof destination>;

export interface Looks {
  readonly level: LogLevel;
  readonly pretty: boolean;
}

export async function openLog({ level, pretty }: Looks): Promise<Logger> {
  const options = {
    level,
    base: pretty ? null : { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: sparing(realClock, (of, count) => log.warn({ of, count }, 'lines left out')),
  } satisfies LoggerOptions;
  const log: Logger = pino(options, pretty ? await readable() : linesTo({ dest: 2, maxLength: UNREAD_LOG_BYTES }));
  return log;
}

/** As a stream of this process, not as a transport: that one starts a thread, and looks up its module by name from
 *  wherever the package happens to be installed. */
async function readable(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
}

/** Keeps a log to so many lines of a message a second; `tell` hears how many more there were. Who asks for more than the usual (debug)
 *  gets all of that. */
export function sparing(
  clock: Clock,
  tell: (message: string, count: number) => void,
): NonNullable<LoggerOptions['hooks']> {
  const told = new Map<string, number>();
  const leftOut = new Map<string, number>();
  let untilMs = Number.NEGATIVE_INFINITY;
  const isRoom = (message: string): boolean => {
    const nowMs = clock.now();
    if (nowMs >= untilMs) {
      told.clear();
      untilMs = nowMs + SECOND_MS;
    }
    const lines = (told.get(message) ?? 0) + 1;
    told.set(message, lines);
    return lines <= MOST_LINES;
  };
  const leave = (message: string): void => {
    if (leftOut.size === 0) clock.after(SECOND_MS, () => count(leftOut, tell));
    leftOut.set(message, (leftOut.get(message) ?? 0) + 1);
  };
  return {
    logMethod(args, method, level) {
      const message = args.find((part) => typeof part === 'string') ?? '';
      if (level < USUAL || isRoom(message)) method.apply(this, args);
      else leave(message);
    },
  };
}

function count(leftOut: Map<string, number>, tell: (message: string, count: number) => void): void {
  const all = [...leftOut];
  leftOut.clear();
  for (const [message, lines] of all) tell(message, lines);
}

/** Where lines are written without waiting for it. At the end of the process what is left is written too, but not to a disk that
 *  takes nothing: that would be tried for ever. */
export function linesTo(options: {
  dest: string | number;
  maxLength: number;
  append?: boolean;
  mode?: number;
}): Destination {
  const lines = destination({ ...options, sync: false });
  const flush = lines.flushSync.bind(lines);
  let isFailing = false;
  lines.on('error', () => (isFailing = true));
  lines.on('write', () => (isFailing = false));
  lines.flushSync = () => {
    if (!isFailing) flush();
  };
  return lines;
}

const HIDDEN = '***';
/** Scheme, slashes, and all before the last `@` of what a lenient reader would take for the host's place. */
const USER = /^([a-z][a-z0-9+.-]*:(?=[/\\]))?([/\\]*)([^/\\?#]*)@/i;
/** A password with a `/` in it, not written as %2F: no URL any more, and still a password. */
const TORN_USER = /^([^/\\]*[/\\]{2}).*@/;
const SECRET_QUERY =
  /([?&;#](?:[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|token|secret|sig(?:nature)?|credentials?|auth(?:orization)?|key))=)[^&;#]*/gi;

/** What may be shown of a URL (or of something that only looks like one): no user, no password, no value of a query
 *  field that is named like a secret. All else stays letter for letter. Never throws. */
export function withoutCredentials(url: string): string {
  const shown = url.replace(USER, (whole, scheme = '', slashes: string, user: string) => {
    const isUser = slashes.length >= 2 || scheme !== '' || user.includes(':');
    return isUser ? `${scheme}${slashes}` : whole;
  });
  const parsed = URL.canParse(url) ? shown : shown.replace(TORN_USER, '$1');
  return parsed.replaceAll(SECRET_QUERY, `$1${HIDDEN}`);
}

/** For what may happen a thousand times a second: counts, and logs one line a second with the count and the fields of the
 *  last one. */
export function tally(
  log: Logger,
  message: string,
  clock: Clock,
  level: 'error' | 'warn' | 'info' | 'debug' = 'warn',
): (fields?: Readonly<Record<string, unknown>>) => void {
  let count = 0;
  let last: Readonly<Record<string, unknown>> = {};
  const tell = () => {
    log[level]({ ...last, count }, message);
    count = 0;
    last = {};
  };
  return (fields = {}) => {
    if (count === 0) clock.after(TALLY_MS, tell);
    count += 1;
    last = fields;
  };
}
