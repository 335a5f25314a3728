// The configuration of the 2010 pump, for people who bring theirs along: every old name is answered with the new one. What
// is old is put right or taken out before the schema sees it, so that one old name makes one mistake.

import { withoutCredentials } from '../log.ts';
import { type Mistake, type Path, isEntries } from './mistakes.ts';

const TOP_LEVEL: ReadonlyArray<readonly [old: RegExp, now: string]> = [
  [/^redirect_?404_?to$/, `'redirect404To'`],
  [/^ssl_?port$/i, `'port' in 'https'`],
  [/^ssl_?(host|address)$/i, `'host' in 'https'`],
  [/^ssl_?(private_?)?key(_?(file|path))?$/i, `'key' in 'https'`],
  [/^ssl_?(certificate|cert|crt)(_?(file|path))?$/i, `'cert' in 'https'`],
  [/^ssl/i, `'https': { port, cert, key }`],
  [/^port$/, `'port' in 'http'`],
  [/^(host|address)$/, `'host' in 'http'`],
];

const TYPES: Readonly<Record<string, string>> = { mmsh_push: 'push', mmsh_pull: 'pull' };

export interface Renewed {
  readonly raw: unknown;
  readonly mistakes: readonly Mistake[];
}

export function renew(raw: unknown): Renewed {
  if (!isEntries(raw)) return { raw, mistakes: [] };
  const mistakes: Mistake[] = [];
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const now = TOP_LEVEL.find(([old]) => old.test(key))?.[1];
    if (now === undefined) kept[key] = value;
    else mistakes.push({ path: [key], text: `an old name; it is now ${now}` });
  }
  if (Array.isArray(kept['streams']))
    kept['streams'] = kept['streams'].map((stream, n) => renewStream(stream, ['streams', n], mistakes));
  return { raw: kept, mistakes };
}

function renewStream(stream: unknown, path: Path, mistakes: Mistake[]): unknown {
  if (!isEntries(stream)) return stream;
  const { source_options: options, ...others } = stream;
  const kept: Record<string, unknown> = others;
  const now = typeof kept['type'] === 'string' ? TYPES[kept['type']] : undefined;
  if (now !== undefined) {
    mistakes.push({ path: [...path, 'type'], text: `expected '${now}', got its old name '${String(kept['type'])}'` });
    kept['type'] = now;
  }
  if (options === undefined) return kept;
  const { url, advice } = renewOptions(options);
  mistakes.push({ path: [...path, 'source_options'], text: `an old name; ${advice}` });
  return kept['type'] === 'pull' ? { url, ...kept } : kept;
}

/** What the old options say, as the one `url` that has taken their place. */
function renewOptions(options: unknown): { url: string; advice: string } {
  const { url, host, port, path } = isEntries(options) ? options : {};
  const place = `${text(host) ?? 'HOST'}${text(port) ? `:${text(port)}` : ''}`;
  const whole = text(url) ?? `mmsh://${place}/${(text(path) ?? '').replace(/^\/+/, '')}`;
  const proxy = isEntries(options) && 'proxy' in options ? `, and its proxy is the configuration's own 'proxy'` : '';
  const advice = `what was in it stands in the stream itself now: url: '${withoutCredentials(whole)}'${proxy}`;
  return { url: URL.canParse(whole) ? whole : 'mmsh://host/', advice };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
