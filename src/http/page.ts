// The page at / and the files that it asks for, as the build has made them (src/page/bundle.mjs): read once, nothing else is ever
// served. Their names hold what they are (a hash), so that browsers keep them; the page itself is asked for again and again.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'koa';
import { PumpError } from '../errors.ts';

/** Both src and dist lie beside dist. Without a build there is no page, and / tells the streams as plain lines. */
const BUILT = fileURLToPath(new URL('../../dist/page/', import.meta.url));
const INDEX = 'index.html';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Nothing but what the pump itself serves, and what a player makes of it (`blob:`, Media Source Extensions). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface File {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped?: Buffer;
  readonly tag: string;
}

interface Page {
  /** undefined: it was not built */
  readonly index: ((ctx: Context) => void) | undefined;
  readonly file: (ctx: Context, name: string) => void;
}

export function openPage(folder = BUILT): Page {
  const files = read(folder);
  const index = files.get(INDEX);
  return {
    index:
      index &&
      ((ctx) => {
        ctx.set('Content-Security-Policy', POLICY);
        ctx.set('Referrer-Policy', 'no-referrer');
        send(ctx, index, 'no-cache');
      }),
    file(ctx, name) {
      const found = name === INDEX ? undefined : files.get(name);
      if (!found) throw new PumpError('not found', 'The page has no such file: load it again.');
      send(ctx, found, 'public, max-age=31536000, immutable');
    },
  };
}

function read(folder: string): ReadonlyMap<string, File> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    names.flatMap((name): [string, File][] => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      const bytes = readFileSync(folder + name);
      // Weak, since it is the same whether gzipped or not (RFC 9110, 8.8.3.3).
      const tag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`;
      const gzipped = names.includes(`${name}.gz`) && { gzipped: readFileSync(`${folder}${name}.gz`) };
      return [[name, { type, bytes, tag, ...gzipped }]];
    }),
  );
}

function send(ctx: Context, { type, bytes, gzipped, tag }: File, caching: string): void {
  ctx.set('Cache-Control', caching);
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.vary('Accept-Encoding');
  ctx.set('ETag', tag);
  ctx.status = 200;
  if (ctx.fresh) return void (ctx.status = 304);
  const isGzipped = gzipped !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (isGzipped) ctx.set('Content-Encoding', 'gzip');
  ctx.type = type;
  ctx.body = isGzipped ? gzipped : bytes;
}
