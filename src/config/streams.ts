// What every stream may say, whatever its type, and the streams themselves: these common keys and the source's own.

import assert from 'node:assert/strict';
import { z } from 'zod';
import { containers } from '../containers/index.ts';
import { multicastTo } from '../datagrams/destination.ts';
import { sourceKinds } from '../sources/index.ts';
import { users } from './secrets.ts';
import { flag, line, publicAddress, range, size, time } from './words.ts';

/** Room for a few parts; longer addresses are cut by players and logs. */
const LONGEST_PATH = 200;
const LONGEST_TITLE = 200;

const PATH = `letters, digits, '_' and '-', with '/' between parts, at most ${LONGEST_PATH} in all`;
const path = z
  .string({ error: PATH })
  .max(LONGEST_PATH, PATH)
  .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, PATH)
  .describe('Where the stream is: /streams/PATH. Upper and lower case are the same.');

/** Who may. Without `users` nobody is asked for a name; without `from` everybody may come. */
export const access = {
  users: users
    .exactOptional()
    .describe(
      'Names and their passwords: in plain, as `env:NAME`, `file:PATH`, `ha1:HEX` (MD5 of `name:Stream Pump:password`) or ' +
        '`scrypt:SALT:KEY` (Basic alone). Without it nobody is asked.',
    ),
  from: z
    .array(range, { error: `a list of addresses and ranges such as ['10.0.0.0/8']` })
    .exactOptional()
    .describe(`From which addresses; 'localhost' is this machine. Without it: from anywhere.`),
};

const viewers = z.int({ error: 'a number of viewers from 1' }).min(1, 'a number of viewers from 1');

/** A bare number of milliseconds that was meant as seconds falls below these bounds and is told so. */
export const limits = z
  .strictObject({
    viewers: viewers.default(10_000).describe('More viewers than these are told to come back later.'),
    backlog: size({ least: '64 KiB', most: '1 GiB' })
      .prefault('8 MiB')
      .describe('How much of the stream is kept in memory for newcomers and for viewers that lag behind.'),
    burst: time({ least: '0s', most: '5min' })
      .prefault('2s')
      .describe(
        `How far back newcomers begin, at a key frame; '0s': at the newest. A viewer can ask for another with \`?burst=5s\`.`,
      ),
    delay: time({ least: '0ms', most: '5s' })
      .prefault('200ms')
      .describe('How long packets may be collected, with thousands of viewers, so that each is written to less often.'),
    slow: z
      .enum(['skip', 'disconnect'], { error: `'skip' or 'disconnect'` })
      .default('skip')
      .describe('What happens to a viewer that cannot keep up: it skips to a key frame, or it is let go.'),
    stall: time({ least: '1s', most: '1h' })
      .exactOptional()
      .describe(
        'A source that sends nothing for this long counts as broken. Without it 15 s, and 60 s for push streams, since encoders may rest between two requests.',
      ),
    grace: time({ least: '0s', most: '1h' })
      .prefault('30s')
      .describe('How long viewers are kept waiting for a source that went away.'),
    attachments: size({ least: '0', most: '64 MiB' })
      .prefault('1 MiB')
      .describe(
        'Files that are attached to a Matroska stream (fonts), together, which every newcomer is sent; what is more is left out, and the log says so.',
      ),
    dropNull: flag
      .default(false)
      .describe('true: packets that only keep the bit rate of a transport stream constant are not passed on.'),
  })
  .transform(({ viewers, backlog, burst, delay, slow, stall, grace, attachments, dropNull }) => ({
    viewers,
    backlogBytes: backlog,
    burstMs: burst,
    delayMs: delay,
    slow,
    ...(stall !== undefined && { stallMs: stall }),
    graceMs: grace,
    attachmentBytes: attachments,
    dropNull,
  }));

/** More than anybody tries by hand; players try one after the other. */
const MOST_BACKUPS = 16;
const BACKUPS = `a list of at most ${MOST_BACKUPS} addresses such as ['http://other-pump.example:8086/streams/hall']`;
const backups = z.array(publicAddress, { error: BACKUPS }).max(MOST_BACKUPS, BACKUPS);

const PROGRAM = 'the number of a program, from 1 to 65535';

const names = containers.map(({ name }) => name);

const common = {
  path,
  title: line(LONGEST_TITLE)
    .exactOptional()
    .describe('What people read, in playlists and status; the path where it is left out.'),
  enabled: flag.default(true).describe('false: as if the stream were not here, but kept in the file.'),
  container: z
    .enum(names, { error: `one of ${names.join(', ')}` })
    .exactOptional()
    .describe('The format. Seldom needed: it is told from the content type and the first bytes.'),
  program: z
    .int({ error: PROGRAM })
    .min(1, PROGRAM)
    .max(65_535, PROGRAM)
    .exactOptional()
    .describe(
      'Of a transport stream with several programs this one alone, by its number; where there is no such program, the status says which there are.',
    ),
  multicastTo: multicastTo
    .exactOptional()
    .describe(
      'Where it is sent besides, in datagrams: groups, or single machines. A URL, { url, ttl, interface }, or a list of these.',
    ),
  watch: z.strictObject(access).prefault({}).describe('Who may watch.'),
  limits: limits.prefault({}).describe('Bounds of the stream and of its viewers.'),
  backups: backups
    .exactOptional()
    .describe('The same stream on other pumps: in playlists after its own address, for players to fall back to.'),
};

/** A stream is either sent to the pump or fetched by it; what makes sense for the one alone is refused for the other. */
const no = (why: string) => z.never({ error: why }).exactOptional();
const sent = {
  publish: z
    .strictObject({
      ...access,
      takeover: flag
        .default(false)
        .describe(
          'true: whoever may publish takes the place of who is publishing; false: only the same user or session does.',
        ),
    })
    .prefault({})
    .describe('Who may publish, at /streams/PATH_push.'),
  onDemand: no('a push stream is opened by who pushes'),
};
const fetched = {
  publish: no(`only a stream of type 'push' can be published to`),
  onDemand: flag.default(false).describe('true: the source is opened only while somebody watches.'),
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
  const own = {
    ...common,
    ...(type === 'push' ? sent : fetched),
    type: z.literal(type).describe(schema.description ?? ''),
    ...schema.shape,
  };
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
