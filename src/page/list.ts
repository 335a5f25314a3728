// Every stream, a row each, in the order of the configuration.

import { el, mark, say, show } from './element.ts';
import type { Pump } from './pump.ts';
import { type Row, row } from './row.ts';
import { nothing } from './teach.ts';
import type { View } from './view.ts';

/** So many can be looked over; more are searched. */
const FEW = 10;
const COLUMNS = ['Stream', 'State', 'Source', 'Format', 'Bit rate', 'Key frames', 'Viewers', 'Losses'];

export function list(): View {
  const rows = new Map<string, Row>();
  let last: Pump | undefined;
  const head = el('div', { class: 'row head', 'aria-hidden': 'true' }, ...COLUMNS.map((name) => el('span', {}, name)));
  const items = el('ul', { class: 'rows' });
  const search = el('input', { type: 'search', placeholder: 'Find a stream', 'aria-label': 'Find a stream' });
  const found = el('p', { class: 'small', role: 'status' });
  const finding = el('div', { class: 'find' }, search, found);
  const empty = nothing();
  const node = el('div', { class: 'list' }, el('h1', { class: 'unseen', tabindex: '-1' }, 'Streams'), finding);
  node.append(head, items, empty);

  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const seen = rows.get(target.getAttribute('data-path') ?? '');
        if (!seen) continue;
        seen.isOnScreen = isIntersecting;
        const stream = last?.streams[seen.path];
        if (isIntersecting && last && stream) seen.tell(stream, last);
      }
    },
    { rootMargin: '200px' },
  );

  function add(path: string): Row {
    const added = row(path);
    mark(added.node, 'data-path', path);
    rows.set(path, added);
    items.append(added.node);
    sight.observe(added.node);
    return added;
  }

  function find(): void {
    const wanted = search.value.trim().toLowerCase();
    let count = 0;
    for (const { node: item, words } of rows.values()) {
      const isFound = words.includes(wanted);
      show(item, isFound);
      count += Number(isFound);
    }
    say(found, wanted === '' ? '' : `${count} of ${rows.size}`);
  }
  search.addEventListener('input', find);

  return {
    node,
    title: 'Stream Pump',
    tell(pump) {
      last = pump;
      for (const [path, { node: item }] of rows) {
        if (pump.streams[path]) continue;
        item.remove();
        rows.delete(path);
      }
      const streams = Object.entries(pump.streams);
      for (const [path, stream] of streams) (rows.get(path) ?? add(path)).tell(stream, pump);
      show(finding, streams.length > FEW);
      show(head, streams.length > 0);
      show(empty, streams.length === 0);
      if (search.value !== '') find();
    },
    leave: () => sight.disconnect(),
  };
}
