// What people read and what editors check of the configuration, made of the schema's own sentences: docs/config.schema.json (JSON
// Schema, draft 2020-12, of what may be written) and docs/configuration.md. What a value has to be is said in the words of
// the mistake that `stream-pump check` would tell.

import { z } from 'zod';
import { expected } from '../../src/config/mistakes.ts';

/** As much of a JSON Schema as a configuration comes to. */
export interface Form {
  readonly type?: string;
  description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  properties?: Record<string, Form>;
  readonly required?: readonly string[];
  readonly items?: Form;
  readonly oneOf?: readonly Form[];
  readonly anyOf?: readonly Form[];
  readonly not?: unknown;
  /** what editors such as VS Code say of another value */
  errorMessage?: string;
}

export function formOf(schema: z.core.$ZodType): Form {
  const form: Form = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum; // every whole number has that bound
      if (!jsonSchema.properties) Object.assign(jsonSchema, { errorMessage: errorMessage(zodSchema) });
    },
  }) as Form;
  forget(form);
  const $schema = {
    type: 'string',
    description: 'Where this description of the file lies; for editors alone, in JSON.',
    errorMessage: 'expected the path or URL of a JSON Schema',
  };
  return { ...form, properties: { $schema, ...form.properties } };
}

/** What `check` would say was expected. */
function errorMessage(schema: z.core.$ZodType): string | undefined {
  const { error } = z.core.safeParse(schema, Symbol('nothing that may be written'), { error: expected });
  const [issue] = error?.issues ?? [];
  return issue && `expected ${issue.message}`;
}

/** Keys that are there to say that they may not be. */
function forget(form: Form): void {
  for (const { properties = {} } of within(form))
    for (const [key, value] of Object.entries(properties)) {
      if (value.not) delete properties[key];
      else forget(value);
    }
}

/** A list's entries, or what an object may hold; of several forms the one with keys. */
const within = (form: Form): readonly Form[] =>
  form.properties
    ? [form]
    : [form.items, ...(form.oneOf ?? []), ...(form.anyOf ?? [])].flatMap((one) => (one ? within(one) : []));

/** Every key that the reference could say nothing about. */
export function withoutSentence(form: Form, at = ''): string[] {
  const keys = within(form).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, value]) => {
      const path = at === '' ? key : `${at}.${key}`;
      return [...(value.description ? [] : [path]), ...withoutSentence(value, path)];
    }),
  );
  return [...new Set(keys)];
}

/** A heading and a table for every object; streams by what is common to all, then by type. */
export function reference(form: Form): string {
  return [HEAD, ...tables(form, '')].join('\n');
}

const HEAD = `# The configuration, key by key

Written by \`npm run docs\` from the schema that the pump itself judges a configuration by.
[config.example.ts](../config.example.ts) shows all of it in use; \`stream-pump check\` says every mistake at once.

A time is \`'200ms'\`, \`'15s'\`, \`'5min'\` or \`'1h'\`, a size \`'512 KiB'\`, \`'8 MiB'\` or \`'4 MB'\`. Paths of files are relative to the
folder that the pump is started in. A key without a default may be left out unless it is called needed.

Editors complete and check a JSON configuration that begins with
\`"$schema": "./node_modules/stream-pump/docs/config.schema.json"\` (or wherever [that file](config.schema.json) lies); a
\`config.ts\` gets the same from \`defineConfig\`.
`;

function tables(form: Form, path: string): string[] {
  const kinds = form.oneOf ?? form.items?.oneOf;
  if (kinds) return kindTables(kinds, `${path}[]`);
  const [object] = within(form);
  if (!object?.properties) return [];
  const at = form.properties || !form.items ? path : `${path}[]`;
  return [heading(at), table(object), ...inner(object.properties, at)];
}

const heading = (path: string, more = '') => `## ${path === '' ? 'The whole' : `\`${path}\``}${more}\n`;

const inner = (properties: Readonly<Record<string, Form>>, at: string): string[] =>
  Object.entries(properties).flatMap(([key, value]) => tables(value, at === '' ? key : `${at}.${key}`));

function kindTables(kinds: readonly Form[], path: string): string[] {
  const [first, ...others] = kinds.map(({ properties = {} }) => properties);
  const same = Object.entries(first ?? {}).filter(([key, value]) =>
    others.every((other) => JSON.stringify(other[key]) === JSON.stringify(value)),
  );
  const types = kinds.map(({ properties }) => `'${String(properties?.['type']?.const)}'`);
  const type = { description: 'What it is taken from: see each.', errorMessage: types.join(', ') };
  const common: Form = { properties: { type, ...Object.fromEntries(same) }, required: kinds[0]?.required ?? [] };
  const own = kinds.flatMap((kind) => {
    const { type, ...rest } = kind.properties ?? {};
    const properties = Object.fromEntries(Object.entries(rest).filter(([key]) => !common.properties?.[key]));
    const lines = Object.keys(properties).length === 0 ? [] : [table({ ...kind, properties })];
    return [
      heading(path, ` of type \`'${String(type?.const)}'\``),
      `${type?.description}\n`,
      ...lines,
      ...inner(properties, path),
    ];
  });
  return [heading(path, ', whatever the type'), table(common), ...inner(common.properties ?? {}, path), ...own];
}

function table({ properties = {}, required = [] }: Form): string {
  const rows = Object.entries(properties).map(([key, value]) => {
    const usual = required.includes(key) ? 'needed' : shown(value.default);
    return `| \`${key}\` | ${cell(value.errorMessage?.replace('expected ', '') ?? 'an object, below')} | ${usual} | ${cell(value.description ?? '')} |`;
  });
  return ['| key | what it is | default | what it does |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** Of an object the defaults stand in its own table. */
const shown = (value: unknown) =>
  value === undefined || (typeof value === 'object' && !Array.isArray(value))
    ? ''
    : `\`${JSON.stringify(value).replaceAll('"', "'")}\``;

const cell = (text: string) => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');
