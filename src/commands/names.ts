// What the streams of `play` are called in their addresses: after their files, or as one says.

import { basename } from 'node:path';

/** Long enough to be known by, short enough to be typed. */
const LONGEST_NAME = 60;
/** What comes through a pipe or a call, or from a camera, has no name of its own. */
const NAMELESS = 'live';

/** One for each input, all different, whatever case they are written in. */
export function namesOf(inputs: readonly string[], given: readonly string[]): string[] {
  const [only] = given;
  if (given.length > 1) return [...given];
  if (only !== undefined) return inputs.length === 1 ? [only] : inputs.map((_, n) => `${only}-${n + 1}`);
  const taken = new Set<string>();
  return inputs.map((input) => {
    const name = nameOf(input);
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n += 1) free = `${name}-${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** `http://host/a/Film%201.mkv?x` and `../Film 1.mkv` as `Film-1`. */
function nameOf(input: string): string {
  if (/^(-$|tcp:|unix:)/i.test(input)) return NAMELESS;
  const url = /^[a-z][a-z0-9+.-]+:\/\//i.test(input) && URL.canParse(input) ? new URL(input) : undefined;
  const file = url ? lastPart(url) : basename(input);
  const words = file.replace(/(?<=.)\.[a-z0-9]{1,5}$/i, '') || url?.hostname || '';
  const name = words
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9_-]+/gi, '-')
    .slice(0, LONGEST_NAME)
    .replaceAll(/^-+|-+$/g, '');
  return name || NAMELESS;
}

function lastPart({ pathname }: URL): string {
  const part = pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
