// The addresses to open in other players, and the playlists that they open by a click.

import type { StreamTold } from '../http/api/told.ts';
import { copying } from './copying.ts';
import { el } from './element.ts';
import { isGroup, placeOf } from './route.ts';
import { absolute } from './teach.ts';

export function elsewhere({ path, container, receive, source }: StreamTold): HTMLElement {
  const place = placeOf(path);
  const link = (ending: string, name: string) => el('li', {}, el('a', { href: `${place}.${ending}` }, name));
  const isWindowsMedia = container === 'asf';
  const isTold = receive === false;
  const isTls = location.protocol === 'https:';
  const links = isGroup(path)
    ? []
    : [
        ...(isTold ? [link('sdp', 'FFmpeg and VLC (.sdp)')] : []),
        link('m3u', 'VLC and most players (.m3u)'),
        link('xspf', 'with title (.xspf)'),
        ...(isWindowsMedia ? [link('asx', 'Windows Media Player (.asx)')] : []),
      ];
  return el(
    'section',
    { class: 'panel' },
    el('h2', {}, 'Open in another player'),
    ...(isWindowsMedia && !isTls ? [copying(absolute(place, 'mmsh'), 'the address for Windows Media players')] : []),
    copying(isTold ? source.url : absolute(place), 'the address'),
    el('ul', { class: 'links' }, ...links),
  );
}
