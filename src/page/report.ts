// What the format itself tells of the stream (of MPEG-TS: every PID), asked for while it is unfolded.

import type { z } from 'zod';
import type { stream } from '../http/api/shapes.ts';
import { again, ask } from './asking.ts';
import { el, say, show } from './element.ts';
import { table } from './table.ts';
import { bits, counted } from './words.ts';

export function reportOf(path: string): { readonly node: HTMLElement; isThere(isIt: boolean): void; leave(): void } {
  const pids = table('Every PID', ['PID', 'What', 'Bit rate', 'Errors', 'Scrambled'], [2, 3, 4]);
  const clock = el('p', { class: 'small' });
  const node = el('details', { class: 'panel' }, el('summary', {}, el('h2', {}, 'Inside the transport stream')));
  node.append(clock, pids.node);
  let stop: (() => void) | undefined;

  async function tell(): Promise<void> {
    const answer = await ask(`api/streams/${path}`);
    if (!('body' in answer)) return;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pump's own answer
    const { report } = answer.body as z.infer<typeof stream>;
    if (!report) return;
    const { clockJitterMs: jitter, clockGapMs: gap } = report;
    const clocks = [
      jitter !== undefined && `clock jitter ${jitter} ms`,
      gap !== undefined && `longest time between clock references ${gap} ms`,
      counted(report.errors ?? {}),
    ];
    say(clock, clocks.filter(Boolean).join(', '));
    pids.fill(
      report.streams.map(({ id, what, bitrate, errors = 0, scrambled = 0 }) => [
        `${id} (0x${id.toString(16).padStart(4, '0')})`,
        what,
        bits(bitrate),
        String(errors),
        String(scrambled),
      ]),
    );
  }

  node.addEventListener('toggle', () => {
    stop?.();
    stop = node.open ? again(tell) : undefined;
  });
  return { node, isThere: (isIt) => show(node, isIt), leave: () => stop?.() };
}
