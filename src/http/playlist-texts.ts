// How playlists are written: ASX (Windows Media metafiles, which look like XML), XSPF (xspf.org, version 1) and extended M3U, which no
// document defines. All in UTF-8; titles are text of people, and come out as one line of text whatever is in them.

export interface Item {
  readonly title: string;
  /** of letters that need no escaping anywhere */
  readonly id: string;
  /** the address that every player opens */
  readonly url: string;
  /** the same stream elsewhere */
  readonly backups: readonly string[];
  /** all addresses in all ways, the best first */
  readonly all: readonly string[];
}

/** Windows Media Player tries an entry's references in their order until one plays. Without the parameter it reads titles in the
 *  code page of its Windows. */
export function writeAsx(items: readonly Item[]): string {
  const entries = items.flatMap(({ title, all }) => [
    '<ENTRY>',
    `<TITLE>${xml(title)}</TITLE>`,
    ...all.map((url) => `<REF HREF="${xml(url)}"/>`),
    '</ENTRY>',
  ]);
  const lines = ['<ASX VERSION="3.0">', '<PARAM NAME="Encoding" VALUE="UTF-8"/>', ...entries, '</ASX>'];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** A track may have several locations that stand for each other; of those VLC 3 knows the last alone, so each has one. */
export function writeXspf(items: readonly Item[]): string {
  const tracks = places(items).flatMap(({ title, place }) => [
    '<track>',
    `<location>${xml(place)}</location>`,
    `<title>${xml(title)}</title>`,
    '</track>',
  ]);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<playlist version="1" xmlns="http://xspf.org/ns/0/">',
    '<trackList>',
    ...tracks,
    '</trackList>',
    '</playlist>',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function writeM3u(items: readonly Item[]): string {
  const lines = places(items).flatMap(({ title, id, place }) => [`#EXTINF:-1 tvg-id="${id}",${oneLine(title)}`, place]);
  return ['#EXTM3U', ...lines].map((line) => `${line}\n`).join('');
}

/** What follows in these lists is played next. So a stream's backups follow where it is alone; in a list of several, where a viewer
 *  chooses, they would be in the way. */
function places(items: readonly Item[]): (Item & { place: string })[] {
  const isAlone = items.length === 1;
  return items.flatMap((item) => [item.url, ...(isAlone ? item.backups : [])].map((place) => ({ ...item, place })));
}

/** Without what ends a line anywhere, halves of letters, and what XML 1.0 (2.2) does not have even as a reference. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]+/gu, ' ');
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function xml(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (character) => ESCAPED[character] ?? '');
}
