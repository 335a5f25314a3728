// What Windows Media puts into Pragma ([MS-WMSP] 2.2.1): tokens, quoted values with commas inside, and a log line that is
// no list at all. Whatever a client writes, reading neither throws nor takes more than the bounds below; what is beyond
// them, or makes no sense, is as if it had not been there: players send broken lines and want to be served all the same.

/** Windows Media Player sends about ten lines. */
const MOST_LINES = 64;
/** A log line of an old player is the longest that is known, a few hundred characters. */
const MOST_CHARACTERS = 4096;
/** A line of a real client holds six. */
const MOST_TOKENS = 128;
const MOST_U32 = 0xffff_ffff;

/** How long, as we say in every answer, an idle session is kept: encoders and players send something before that. */
export const TIMEOUT_MS = 60_000;

/** Names in lower case. A token without a value has an empty one; of two with one name the first counts, because the
 *  last line of FFmpeg's play request says `stream-time=0Connection: Close`. */
export type Pragmas = ReadonlyMap<string, string>;

/** Takes the header line by line: joined lines would let the commas of a log line become tokens. */
export function readPragmas(lines: string | readonly string[] | undefined): Pragmas {
  const pragmas = new Map<string, string>();
  const all = typeof lines === 'string' ? [lines] : (lines ?? []);
  for (const line of all.slice(0, MOST_LINES)) readLine(line.slice(0, MOST_CHARACTERS), pragmas);
  return pragmas;
}

/** `{ 'no-cache': '', timeout: 60000 }` -> `no-cache, timeout=60000`. Values are ours or checked. */
export function writePragma(pragmas: Readonly<Record<string, string | number>>): string {
  return Object.entries(pragmas)
    .map(([name, value]) => {
      if (value === '') return name;
      return `${name}=${/[^\w.:-]/.test(String(value)) ? `"${value}"` : value}`;
    })
    .join(', ');
}

/** The session that the other side names, if it is one: a decimal u32 and not 0, so that it can be sent back. */
export function readClientId(pragmas: Pragmas): number | undefined {
  const digits = pragmas.get('client-id') ?? '';
  if (!/^\d{1,10}$/.test(digits)) return undefined;
  const id = Number(digits);
  return id > 0 && id <= MOST_U32 ? id : undefined;
}

function readLine(line: string, pragmas: Map<string, string>): void {
  let rest = line;
  while (rest !== '' && pragmas.size < MOST_TOKENS) {
    const token = /^[\s,]*([^\s,=]*)/.exec(rest);
    const name = (token?.[1] ?? '').toLowerCase();
    rest = rest.slice(token?.[0].length);
    const value = /^\s*=/.test(rest)
      ? readValue(name, rest.slice(rest.indexOf('=') + 1).trimStart())
      : { text: '', rest };
    if (name !== '' && !pragmas.has(name)) pragmas.set(name, value.text);
    rest = value.rest;
  }
}

function readValue(name: string, from: string): { text: string; rest: string } {
  // Its commas are the log's own.
  if (name === 'log-line') return { text: from, rest: '' };
  const quoted = from.startsWith('"');
  const start = quoted ? 1 : 0;
  const found = from.indexOf(quoted ? '"' : ',', start);
  const end = found < 0 ? from.length : found;
  const text = from.slice(start, end);
  return { text: quoted ? text : text.trimEnd(), rest: from.slice(end + 1) };
}
