// One stream: the player, how its source is, who watches.

import type { StreamTold } from '../http/told.ts';
import { deed, isOffered } from './doing.ts';
import { el, mark, say, show } from './element.ts';
import { elsewhere } from './elsewhere.ts';
import { factsOf, graphOf } from './health.ts';
import { player } from './player.ts';
import type { Pump } from './pump.ts';
import { reasonOf, sinceOf } from './reason.ts';
import { reportOf } from './report.ts';
import { pushing } from './teach.ts';
import type { View } from './view.ts';
import { viewersOf } from './viewers.ts';
import { stateOf } from './words.ts';

export function stream(path: string): View {
  const name = el('h1', { tabindex: '-1' }, path);
  const state = el('span', { class: 'badge' });
  const since = el('span', { class: 'small' });
  const reason = el('p', { class: 'reason' });
  const absent = el('p', { class: 'note' }, 'There is no such stream here, or it is switched off.');
  const screen = player(path);
  const [facts, graph, viewers, report] = [factsOf(), graphOf(), viewersOf(path), reportOf(path)];
  const [lesson, addresses] = [el('div'), el('div')];
  const parts = [facts, graph, viewers];
  const left = el('div', { class: 'column' }, screen.node, lesson, graph.node, viewers.node, report.node);
  const right = el('div', { class: 'column' }, addresses, facts.node);
  const body = el('div', { class: 'columns' }, left, right);
  const head = el('div', { class: 'title' }, name, el('code', { class: 'small' }, path), el('p', {}, state, ' ', since));
  head.append(doing(path));
  const back = el('nav', {}, el('a', { href: '#/' }, '← All streams'));
  const node = el('article', { class: 'stream' }, back, head, reason, absent, body);

  function tell(told: StreamTold, pump: Pump): void {
    mark(node, 'data-state', told.state);
    say(name, told.title);
    say(state, stateOf(told));
    say(since, `for ${sinceOf(told, pump)}`);
    const why = reasonOf(told);
    say(reason, why?.text ?? '');
    mark(reason, 'class', why?.isPast === true ? 'reason past' : 'reason');
    teach(told);
    screen.tell(told);
    for (const part of parts) part.tell(told, pump);
    report.isThere(told.container === 'mpegts');
  }

  /** Made once for what the stream is, so that nothing is taken from under a hand that copies. */
  function teach(told: StreamTold): void {
    const isTaught = told.type === 'push' && told.state !== 'live';
    if (isTaught && !lesson.hasChildNodes()) lesson.append(pushing(told));
    show(lesson, isTaught);
    const key = told.container ?? '';
    if (addresses.getAttribute('data-for') === key) return;
    mark(addresses, 'data-for', key);
    addresses.replaceChildren(elsewhere(told));
  }

  return {
    node,
    title: `${path} · Stream Pump`,
    tell(pump) {
      const told = pump.streams[path];
      show(absent, told === undefined);
      for (const part of [head, reason, body]) show(part, told !== undefined);
      if (told) tell(told, pump);
      show(reason, told !== undefined && reason.textContent !== '');
    },
    leave() {
      for (const part of [screen, report, ...parts]) part.leave();
    },
  };
}

function doing(path: string): HTMLElement {
  const told = el('span', { class: 'small', role: 'status' });
  const node = el('p', { class: 'deeds' });
  const deeds: readonly (readonly [string, string, string])[] = [
    ['Restart the source', 'restart', 'Really restart?'],
    ['Switch off', 'disable', 'Really switch off?'],
  ];
  for (const [name, word, question] of deeds) {
    const url = `api/streams/${path}/${word}`;
    void isOffered(url).then((isIt) => isIt && node.prepend(deed(name, url, told, question)));
  }
  node.append(told);
  return node;
}
