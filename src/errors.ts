// Everything that can go wrong, in one closed table: what an HTTP client is answered, and how loud the log is.
// A message is one sentence that tells what to do; it is read by clients wherever `tell` is set.

interface Manner {
  readonly status: number;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** may the client read the message? Otherwise it gets the status' own name. */
  readonly tell: boolean;
}

const codes = {
  'bad request': { status: 400, level: 'info', tell: true },
  'wrong credentials': { status: 401, level: 'warn', tell: true },
  forbidden: { status: 403, level: 'warn', tell: true },
  'not found': { status: 404, level: 'debug', tell: true },
  'method not allowed': { status: 405, level: 'debug', tell: true },
  'not acceptable': { status: 406, level: 'info', tell: true },
  stalled: { status: 408, level: 'warn', tell: true },
  'already pushing': { status: 409, level: 'warn', tell: true },
  'too large': { status: 413, level: 'warn', tell: true },
  'unknown container': { status: 415, level: 'warn', tell: true },
  malformed: { status: 400, level: 'warn', tell: true },
  'upstream failed': { status: 502, level: 'warn', tell: false },
  'no source': { status: 503, level: 'info', tell: true },
  full: { status: 503, level: 'warn', tell: true },
  stopping: { status: 503, level: 'info', tell: true },
  loop: { status: 508, level: 'warn', tell: true },
  'cannot listen': { status: 500, level: 'error', tell: false },
  usage: { status: 500, level: 'error', tell: false },
} as const satisfies Record<string, Manner>;

export type Code = keyof typeof codes;

interface Details extends ErrorOptions {
  /** fields for the log; never credentials */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** headers that the answer owes the client, such as WWW-Authenticate or Retry-After */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export class PumpError extends Error {
  override readonly name = 'PumpError';
  readonly code: Code;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(code: Code, message: string, { fields = {}, headers = {}, ...options }: Details = {}) {
    super(message, options);
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }

  get manner(): Manner {
    return codes[this.code];
  }
}

/** The system's own name of what went wrong, such as ENOENT; undefined: it is nothing of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the system says of it, by itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One line for people: the message, and the cause's where it tells more. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? explain(error.cause) : '';
  const line = cause && !error.message.includes(cause) ? `${error.message}: ${cause}` : error.message;
  return (line || error.name).replaceAll(/\s+/g, ' ');
}
