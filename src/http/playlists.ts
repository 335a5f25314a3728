// Playlists for a stream and for all of them: ASX as Windows Media Player wants it, M3U, XSPF. They begin with the address by which
// the client has reached this pump. They hold titles and addresses and nothing of the request but that: no name, no password, no
// query. Who may watch is asked when a stream is opened, not here.

import type { Context } from 'koa';
import { type Means, configured, find } from './means.ts';
import type { Origin } from './access/origin.ts';
import { containerOf, type Stream } from './stream.ts';
import { writeAsx, writeM3u, writeXspf, type Item } from './playlist-texts.ts';

const forms = {
  asx: { type: 'video/x-ms-asf; charset=utf-8', write: writeAsx },
  m3u: { type: 'audio/x-mpegurl; charset=utf-8', write: writeM3u },
  xspf: { type: 'application/xspf+xml; charset=utf-8', write: writeXspf },
} as const;
type Form = keyof typeof forms;

export function playlists(means: Means) {
  return {
    one: (ctx: Context, path: string, form: string): void =>
      tellPlaylist(means, ctx, formOf(form), [find(means, path)]),
    all: (ctx: Context, form: string): void => tellPlaylist(means, ctx, formOf(form), configured(means)),
  };
}

function formOf(form: string): Form {
  const known = form.toLowerCase();
  return known === 'asx' || known === 'xspf' ? known : 'm3u';
}

/** A playlist of one stream is what a browser that cannot play it gets instead. */
export function tellPlaylist(means: Means, ctx: Context, form: Form, streams: readonly Stream[]): void {
  const origin = means.origin(ctx.req);
  const { type, write } = forms[form];
  const [only] = streams.length === 1 ? streams : [];
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Type', type);
  ctx.set('Content-Disposition', `inline; filename="${only?.path.replaceAll('/', '-') ?? 'streams'}.${form}"`);
  ctx.body = write(streams.map((stream) => itemOf(stream, origin)));
}

/** A player that is for this format alone asks in its own way at once, where the way is plain: none of those is there over TLS.
 *  Windows Media Player knows `mms:` and goes on to HTTP by itself. */
function itemOf(stream: Stream, { base, other }: Origin): Item {
  const { path, title = path, elsewhere, backups = [] } = stream;
  const schemes = containerOf(stream)?.manners?.pull?.schemes ?? [];
  // What is not to be had here is told by its description, which players open as well.
  const address = (base: string) => `${base}/streams/${path}${elsewhere ? '.sdp' : ''}`;
  const ways = (base: string) => {
    const own = base.startsWith('http:') && schemes.includes('mms') ? [`mms${address(base).slice('http'.length)}`] : [];
    return [...own, address(base)];
  };
  const ownWays = [base, ...(other === undefined ? [] : [other])].flatMap(ways);
  return { title, id: path, url: address(base), backups, all: [...new Set([...ownWays, ...backups])] };
}
