// Who watches a stream and who has left it, and why. The pump tells it to those who may know; to the others, how many.

import type { z } from 'zod';
import type { viewers as shape } from '../http/api/shapes.ts';
import type { StreamTold } from '../http/api/told.ts';
import { again, ask } from './asking.ts';
import { deed } from './doing.ts';
import { el, say, show } from './element.ts';
import type { Part } from './health.ts';
import { table } from './table.ts';
import { bytes, counted, many, span } from './words.ts';

/** As `GET /api/streams/PATH/viewers` has it. */
type Viewers = z.infer<typeof shape>;

/** More rows than anybody reads would only make the page slow. */
const MOST_SHOWN = 200;

/** Who has signed in for one stream has for all. */
let withName = false;

export function viewersOf(path: string): Part {
  const url = `api/streams/${path}/viewers`;
  const counts = el('p');
  const quiet = el('p', { class: 'small' });
  const told = el('p', { class: 'small', role: 'status' });
  const enter = el('button', { type: 'button' }, 'Sign in');
  const here = table('Viewers', ['Address', 'Player', 'For', 'Sent', 'Behind', 'Skips', ''], [2, 3, 4, 5]);
  const gone = table('Viewers who have left', ['When', 'Address', 'Player', 'Why', 'After', 'Sent'], [4, 5]);
  const past = el('details', {}, el('summary', {}, 'Who has left, and why'), gone.node);
  const drops = new Map<string, HTMLButtonElement>();
  let mayDrop = false;

  function cells({ id, address, agent, user, seconds, bytes: sent, behindSeconds, skips }: Viewers['viewers'][number]) {
    const who = user === undefined ? address : `${user} (${address})`;
    return [who, agent, span(seconds), bytes(sent), `${behindSeconds.toFixed(1)} s`, String(skips), drop(id)];
  }

  function drop(id: string): HTMLButtonElement | string {
    if (!mayDrop) return '';
    const known = drops.get(id) ?? deed({ name: 'Drop', url: `${url}/${id}/drop`, question: 'Really drop?' }, told);
    drops.set(id, known);
    return known;
  }

  function fill({ viewers, left }: Viewers): void {
    here.fill(viewers.slice(0, MOST_SHOWN).map(cells));
    gone.fill(
      left
        .slice(0, MOST_SHOWN)
        .map(({ at, address, agent, reason, seconds, bytes: sent }) => [
          new Date(at).toLocaleTimeString(),
          address,
          agent,
          reason,
          span(seconds),
          bytes(sent),
        ]),
    );
    const present = new Set(viewers.map(({ id }) => id));
    for (const id of drops.keys()) if (!present.has(id)) drops.delete(id);
    show(here.node, viewers.length > 0);
    show(past, left.length > 0);
    say(quiet, viewers.length > MOST_SHOWN ? `The first ${MOST_SHOWN} of them.` : '');
  }

  async function tell(): Promise<void> {
    const answer = await ask(url, withName);
    show(enter, 'why' in answer && answer.wantsName);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pump's own answer
    if ('body' in answer) return fill(answer.body as Viewers);
    // Asking again would only fill the pump's log.
    stop();
    withName = false;
    say(quiet, answer.wantsName ? 'Who they are is told to this pump’s administrators.' : answer.why);
    show(here.node, false);
    show(past, false);
  }

  show(past, false);
  show(here.node, false);
  show(enter, false);
  enter.addEventListener('click', () => {
    withName = true;
    stop = again(tell);
  });
  let stop = again(tell);
  return {
    node: el('section', { class: 'panel' }, el('h2', {}, 'Viewers'), counts, here.node, past, quiet, enter, told),
    tell: ({ viewers, viewersPeak, viewersTotal, bytesOut, skips, departures }: StreamTold, { hasAdmin }) => {
      mayDrop = hasAdmin;
      const all = `${viewers.toLocaleString('en')} now, ${viewersPeak.toLocaleString('en')} at the peak, ${viewersTotal.toLocaleString('en')} in all; ${bytes(bytesOut)} sent`;
      const ended = counted(departures);
      say(counts, `${all}${skips > 0 ? `; ${many(skips, 'skip')}` : ''}${ended ? `. Ended: ${ended}` : ''}.`);
    },
    leave: () => stop(),
  };
}
