// What is wrong in a configuration, a line each: `streams[2].limits.stall: expected …, got …`. Passwords stay out of it: no
// value that stands where a password may stand is shown, and URLs lose theirs.

import type { z } from 'zod';
import { withoutCredentials } from '../log.ts';
import { nearest } from '../nearest.ts';

export type Path = readonly PropertyKey[];

export interface Mistake {
  readonly path: Path;
  readonly text: string;
}

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;
export type Entries = Readonly<Record<string, unknown>>;

/** Long enough to find it again in the file. */
const LONGEST_SHOWN = 60;
/** A mistake a line; a file that is no configuration at all could make thousands. */
const MOST_MISTAKES = 50;

export function isEntries(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The streams of a configuration as they were written, unjudged. */
export function streamsIn(raw: unknown): readonly unknown[] {
  return isEntries(raw) && Array.isArray(raw['streams']) ? raw['streams'] : [];
}

/** In the order of the file as far as paths tell it: streams by their number, each line once. */
export function mistakeLines(mistakes: readonly Mistake[]): string[] {
  const lines = mistakes.map(({ path, text }) => `${place(path)}: ${text}`);
  const once = [...new Set(lines)].toSorted(new Intl.Collator('en', { numeric: true }).compare);
  const more = once.length - MOST_MISTAKES;
  return more > 0 ? [...once.slice(0, MOST_MISTAKES), `and ${more} more`] : once;
}

function place(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '') || 'the configuration';
}

/** The words for an issue whose schema has none of its own: what was expected, as a noun phrase. */
export function expected(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'invalid_value':
      return choice(issue.values);
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? choice(issue.options) : 'another value';
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, shapeOf(issue.inst))).join('\n');
    default:
      return 'another value';
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'an object: { … }',
  record: 'an object: { … }',
  array: 'a list: [ … ]',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function choice(values: readonly unknown[]): string {
  const shown = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  return shown.length === 1 ? String(shown[0]) : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

function shapeOf(schema: RawIssue['inst']): string[] {
  const def = schema?._zod.def;
  return def && 'shape' in def && typeof def.shape === 'object' && def.shape !== null ? Object.keys(def.shape) : [];
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `an unknown key; known are ${known.join(', ')}`
    : `an unknown key; did you mean '${meant}'?`;
}

export function toMistakes(issues: readonly Issue[], raw: unknown, above: Path = []): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.message.split('\n').map((text, n) => ({ path: [...path, issue.keys[n] ?? ''], text }));
    const branch = issue.code === 'invalid_union' ? meantBranch(issue.errors) : undefined;
    if (branch) return toMistakes(branch, raw, path);
    if (issue.code === 'invalid_type' && issue.expected === 'never') return [{ path, text: issue.message }];
    // a name that no record of names may hold: the issue within says what a name is
    const text = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    const got = issue.code === 'custom' ? issue.params?.['got'] : undefined;
    return [{ path, text: `expected ${text}, got ${got ?? shown(valueAt(raw, path), path)}` }];
  });
}

/** Of several forms that a value may have, the one whose outermost layer fits, but for its keys, is the one that was meant. */
function meantBranch(branches: readonly Issue[][]): Issue[] | undefined {
  const fits = ({ path, code }: Issue) => path.length > 0 || code === 'unrecognized_keys';
  return branches.find((issues) => issues.length > 0 && issues.every(fits));
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
    return isEntries(value) ? value[String(key)] : undefined;
  }, raw);
}

function shown(value: unknown, path: Path): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  if (mayBeSecret(path)) return typeof value === 'string' ? 'text' : `a ${typeof value}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  const text = withoutCredentials(value).replaceAll(/\p{Cc}/gu, ' ');
  return `'${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}'`;
}

/** Who writes a password one level too high shall not find it in the log. */
function mayBeSecret(path: Path): boolean {
  const keys = path.map(String);
  return (
    ['watch', 'publish', 'metrics', 'admin'].some((key) => keys.includes(key)) &&
    !keys.includes('from') &&
    !keys.includes('takeover')
  );
}
