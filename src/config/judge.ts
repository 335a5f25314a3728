// What was written -> the configuration, or every mistake in it at once.

import type { z } from 'zod';
import { clashes } from './clashes.ts';
import { listeners } from './listeners.ts';
import { unreadable } from '../identity.ts';
import { nearest } from '../nearest.ts';
import { type Mistake, expected, isEntries, mistakeLines, streamsIn, toMistakes } from './mistakes.ts';
import { outgoing } from './outgoing.ts';
import { renew } from './old-names.ts';
import { type Config, schema } from './schema.ts';
import { streamOfNoKind, streamTypes } from './streams.ts';

export type Judged =
  | { readonly config: Config; readonly warnings: readonly string[] }
  | { readonly mistakes: readonly string[] };

export function judge(written: unknown): Judged {
  const { raw, mistakes: old } = renew(written);
  const parsed = schema.safeParse(raw, { error: expected });
  const issues = parsed.success ? [] : parsed.error.issues;
  const found = [
    ...old,
    ...issues.flatMap((issue) => (isOfNoKind(issue) ? mistakesOfNoKind(issue, raw) : toMistakes([issue], raw))),
    ...clashes(raw),
    ...outgoing(raw),
    ...listeners(raw),
  ];
  if (parsed.success && found.length === 0) return { config: parsed.data, warnings: warnings(parsed.data) };
  return { mistakes: mistakeLines(found) };
}

/** The schema stops at a type that it does not know. */
function isOfNoKind({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_union' && path.length === 3 && path[0] === 'streams' && path[2] === 'type';
}

function mistakesOfNoKind({ path }: z.core.$ZodIssue, raw: unknown): Mistake[] {
  const above = path.slice(0, 2);
  const written = streamsIn(raw)[Number(path[1])];
  const type = isEntries(written) ? written['type'] : undefined;
  const others = streamOfNoKind.safeParse(written, { error: expected });
  return [{ path, text: aboutType(type) }, ...toMistakes(others.error?.issues ?? [], raw, above)];
}

function aboutType(type: unknown): string {
  const known = streamTypes.map((word) => `'${word}'`).join(', ');
  if (typeof type !== 'string') return `expected one of ${known}, got ${type === undefined ? 'nothing' : typeof type}`;
  const meant = nearest(type, streamTypes);
  return `expected one of ${known}, got '${type}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`;
}

/** Right, and yet not what people want. */
function warnings({ https, streams }: Config): string[] {
  const { cert, key } = https && https.certificate !== 'self-signed' ? https.certificate : {};
  const secret = Object.entries({ cert, key }).flatMap(([name, file]) =>
    file !== undefined && unreadable([file]).length > 0
      ? [`https.${name}: this user may not read it: what changes in it is taken at the next start, by whoever may`]
      : [],
  );
  const old = streams.flatMap((stream, n) => {
    const users = stream.publish?.users ?? {};
    return Object.entries(users)
      .filter(([, secret]) => secret.startsWith('scrypt:'))
      .map(
        ([name]) =>
          `streams[${n}].publish.users.${name}: scrypt is good for Basic alone, and Windows Media encoders want Digest; use ha1:, env:, file: or plain`,
      );
  });
  return [...secret, ...old];
}
