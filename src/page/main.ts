// The page: hears what the pump tells, and shows the list or one stream, whichever the address means.

import { byId, mark, say } from './element.ts';
import { list } from './list.ts';
import { listen, type Pump } from './pump.ts';
import { streamIn } from './route.ts';
import { stream } from './stream.ts';
import { news, totals } from './totals.ts';
import type { View } from './view.ts';

const main = byId('main');
let pump: Pump | undefined;
let view: View | undefined;

function go(): void {
  const path = streamIn(location.hash);
  const isFirst = view === undefined;
  view?.leave();
  view = path === undefined ? list() : stream(path);
  document.title = view.title;
  main.replaceChildren(view.node);
  if (pump) view.tell(pump);
  if (isFirst) return;
  // Those who do not see the page hear what it has become.
  view.node.querySelector('h1')?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

listen(
  (told) => {
    const changed = news(pump, told);
    pump = told;
    if (changed) say(byId('news'), changed);
    say(byId('totals'), totals(told));
    say(byId('version'), `Stream Pump ${told.version}`);
    view?.tell(told);
  },
  (isConnected) => {
    mark(byId('link'), 'data-on', String(isConnected));
    say(byId('link'), isConnected ? '' : 'No connection to the pump: trying again …');
  },
);
addEventListener('hashchange', go);
go();
