// What every stream may say, whatever its type, and the streams themselves: these common keys and the source's own.

import assert from 'node:assert/strict';
import { z } from 'zod';
import { containers } from '../containers/index.ts';
import { sourceKinds } from '../sources/index.ts';
import { users } from './secrets.ts';
import { flag, line, range, size, time } from './words.ts';

/** Room for a few parts; longer addresses are cut by players and logs. */
const LONGEST_PATH = 200;
const LONGEST_TITLE = 200;

const PATH = `letters, digits, '_' and '-', with '/' between parts, at most ${LONGEST_PATH} in all`;
const path = z
  .string({ error: PATH })
  .max(LONGEST_PATH, PATH)
  .regex(/^[a-z0-9_-]+(\/[a-z0-9_-]+)*$/i, PATH);

/** Who may. Without `users` nobody is asked for a name; without `from` everybody may come. */
const access = {
  users: users.exactOptional(),
  from: z.array(range, { error: `a list of addresses and ranges such as ['10.0.0.0/8']` }).exactOptional(),
};

const viewers = z.int({ error: 'a number of viewers from 1' }).min(1, 'a number of viewers from 1');

/** A bare number of milliseconds that was meant as seconds falls below these bounds and is told so. */
const limits = z
  .strictObject({
    viewers: viewers.default(10_000),
    backlog: size({ least: '64 KiB', most: '1 GiB' }).prefault('8 MiB'),
    burst: time({ least: '0s', most: '5min' }).prefault('2s'),
    delay: time({ least: '0ms', most: '5s' }).prefault('200ms'),
    slow: z.enum(['skip', 'disconnect'], { error: `'skip' or 'disconnect'` }).default('skip'),
    stall: time({ least: '1s', most: '1h' }).exactOptional(),
    grace: time({ least: '0s', most: '1h' }).prefault('30s'),
    attachments: size({ least: '0', most: '64 MiB' }).prefault('1 MiB'),
  })
  .transform(({ viewers, backlog, burst, delay, slow, stall, grace, attachments }) => ({
    viewers,
    backlogBytes: backlog,
    burstMs: burst,
    delayMs: delay,
    slow,
    ...(stall !== undefined && { stallMs: stall }),
    graceMs: grace,
    attachmentBytes: attachments,
  }));

const names = containers.map(({ name }) => name);

const common = {
  path,
  title: line(LONGEST_TITLE).exactOptional(),
  enabled: flag.default(true),
  container: z.enum(names, { error: `one of ${names.join(', ')}` }).exactOptional(),
  watch: z.strictObject(access).prefault({}),
  limits: limits.prefault({}),
};

/** A stream is either sent to the pump or fetched by it; what makes sense for the one alone is refused for the other. */
const no = (why: string) => z.never({ error: why }).exactOptional();
const sent = {
  publish: z.strictObject({ ...access, takeover: flag.default(false) }).prefault({}),
  onDemand: no('a push stream is opened by who pushes'),
};
const fetched = {
  publish: no(`only a stream of type 'push' can be published to`),
  onDemand: flag.default(false),
};

type Kind = (typeof sourceKinds)[number];
type Shared<Type> = Type extends 'push' ? typeof common & typeof sent : typeof common & typeof fetched;

/** Each kind's own options beside what is common to all, told apart by `type`. */
type OfKind<K> = K extends { readonly type: infer Type extends string; readonly schema: z.ZodObject<infer Own> }
  ? z.ZodObject<Own & Shared<Type> & { type: z.ZodLiteral<Type> }, z.core.$strict>
  : never;
export type StreamInput = z.input<OfKind<Kind>>;
export type StreamConfig = z.output<OfKind<Kind>>;

function streamOf(kind: Kind) {
  const { type, schema } = kind;
  assert(schema instanceof z.ZodObject, `the options of '${type}' are keys of a stream, so their schema is an object`);
  const own = { ...common, ...(type === 'push' ? sent : fetched), type: z.literal(type), ...schema.shape };
  return z.strictObject(own).superRefine((stream, context) => {
    const clash = 'clash' in kind ? kind.clash(stream) : undefined;
    if (clash) context.addIssue({ code: 'custom', path: [clash.key], message: clash.expected });
  });
}

export const streamTypes = sourceKinds.map(({ type }) => type);
const [first, ...others] = sourceKinds;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a map over a tuple loses which entry became which
export const stream = z.discriminatedUnion('type', [streamOf(first), ...others.map(streamOf)]) as z.ZodType<
  StreamConfig,
  StreamInput
>;

/** For a stream whose type is not known: its other mistakes are told all the same. */
export const streamOfNoKind = z.looseObject(common);
