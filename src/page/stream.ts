// One stream: the player, how its source is, who watches.

import type { StreamTold } from '../http/api/told.ts';
import { type Deed, deed } from './doing.ts';
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
  const absent = el('p', { class: 'note' }, 'There is no such stream here (any more).');
  const screen = player(path);
  const [facts, graph, viewers, report] = [factsOf(), graphOf(), viewersOf(path), reportOf(path)];
  const [lesson, addresses] = [el('div'), el('div')];
  const parts = [facts, graph, viewers];
  const left = el('div', { class: 'column' }, screen.node, lesson, graph.node, viewers.node, report.node);
  const right = el('div', { class: 'column' }, addresses, facts.node);
  const body = el('div', { class: 'columns' }, left, right);
  const place = el('code', { class: 'small' }, path);
  const head = el('div', { class: 'title' }, name, place, el('p', {}, state, ' ', since));
  const deeds = doing(path);
  head.append(deeds.node);
  const back = el('nav', {}, el('a', { href: '#/' }, '← All streams'));
  const node = el('article', { class: 'stream' }, back, head, reason, absent, body);

  function tell(told: StreamTold, pump: Pump): void {
    mark(node, 'data-state', stateOf(told));
    deeds.tell(told, pump);
    say(name, told.title);
    show(place, told.title !== path);
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
    const isTaught = told.type === 'push' && told.enabled && told.state !== 'live';
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

interface Deeds {
  readonly node: HTMLElement;
  tell(told: StreamTold, pump: Pump): void;
}

function doing(path: string): Deeds {
  const told = el('span', { class: 'small', role: 'status' });
  const button = (word: string, { name, question }: Omit<Deed, 'url'>) =>
    deed({ name, url: `api/streams/${path}/${word}`, ...(question !== undefined && { question }) }, told);
  const restart = button('restart', { name: 'Restart the source', question: 'Really restart?' });
  const on = button('enable', { name: 'Switch on' });
  const off = button('disable', { name: 'Switch off', question: 'Really switch off?' });
  const node = el('p', { class: 'deeds' }, told, restart, on, off);
  return {
    node,
    tell({ enabled }, { hasAdmin }) {
      show(node, hasAdmin);
      show(restart, enabled);
      show(off, enabled);
      show(on, !enabled);
    },
  };
}
