// The small texts that send a player elsewhere: ASX, which looks like XML and is not, and the `[Reference]` file of Windows
// Media Services. Reading them takes time linear in their length, whatever they hold.

/** Addresses that a pull can follow; `mmst:`, `mmsu:` and `rtsp:` are other protocols. */
const FOLLOWED = /^(?:https?|mmsh?):\/\//i;
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** No real address is longer; the bounds in the patterns keep hostile text from being searched again and again. */
const REFERENCE =
  /<(?:entry)?ref\s[^<>]{0,200}?href\s{0,9}=\s{0,9}(?:"([^"<>]{1,2048})"|'([^'<>]{1,2048})'|([^\s"'<>]{1,2048}))/gi;
const REF_LINE = /^[ \t]{0,9}ref\d{1,3}[ \t]{0,9}=[ \t]{0,9}(\S{1,2048})/gim;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The first address that can be followed; it may be relative to where the text came from. */
export function readReference(text: string): string | undefined {
  const bare = withoutComments(text);
  const isList = bare.trimStart().startsWith('[');
  for (const match of bare.matchAll(isList ? REF_LINE : REFERENCE)) {
    const found = match[1] ?? match[2] ?? match[3] ?? '';
    const url = (isList ? found : unescape(found)).trim();
    if (isFollowed(url)) return url;
  }
  return undefined;
}

/** It goes into a header, so nothing but visible ASCII. */
function isFollowed(url: string): boolean {
  return /^[\x21-\x7e]+$/.test(url) && (FOLLOWED.test(url) || !HAS_SCHEME.test(url));
}

/** An entry that somebody has switched off must not be followed. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf('<!--', at);
    kept.push(text.slice(at, open < 0 ? undefined : open));
    const close = open < 0 ? -1 : text.indexOf('-->', open);
    if (close < 0) return kept.join('');
    at = close + 3;
  }
}

function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,5})|(\w{2,4}));/g, (whole, code: string | undefined, name: string | undefined) =>
    code === undefined ? (ENTITIES[name?.toLowerCase() ?? ''] ?? whole) : String.fromCharCode(Number(code)),
  );
}
