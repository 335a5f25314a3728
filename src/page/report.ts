// What the format itself tells of the stream (of MPEG-TS: every PID), asked for while it is unfolded.

import { again, ask } from './asking.ts';
import { el, say, show } from './element.ts';
import { table } from './table.ts';
import { bits } from './words.ts';

/** As `GET /api/streams/PATH` has it. */
interface Report {
  readonly clockJitterMs?: number;
  readonly clockGapMs?: number;
  readonly streams: readonly {
    readonly id: number;
    readonly what: string;
    readonly bitrate: number;
    readonly errors?: number;
    readonly scrambled?: number;
  }[];
}

export function reportOf(path: string): { readonly node: HTMLElement; isThere(isIt: boolean): void; leave(): void } {
  const pids = table('Every PID', ['PID', 'What', 'Bit rate', 'Errors', 'Scrambled'], [2, 3, 4]);
  const clock = el('p', { class: 'small' });
  const node = el('details', { class: 'panel' }, el('summary', {}, el('h2', {}, 'Inside the transport stream')));
  node.append(clock, pids.node);
  let stop: (() => void) | undefined;

  async function tell(): Promise<void> {
    const answer = await ask(`api/streams/${path}`, false);
    if (!('body' in answer)) return;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pump's own answer
    const { report } = answer.body as { readonly report?: Report };
    if (!report) return;
    const { clockJitterMs: jitter, clockGapMs: gap } = report;
    say(clock, [jitter !== undefined && `clock jitter ${jitter} ms`, gap !== undefined && `longest time between clock references ${gap} ms`].filter(Boolean).join(', '));
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
