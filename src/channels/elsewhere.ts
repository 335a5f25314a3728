// Viewers of the same stream in other processes of this pump: what each last told of its own, and what those told that are gone.

import type { AudienceStatus } from './audience.ts';

const NOBODY: AudienceStatus = { viewers: 0, viewersPeak: 0, viewersTotal: 0, bytesOut: 0, skips: 0, departures: {} };

export class Elsewhere {
  readonly #told = new Map<string, AudienceStatus>();
  /** of processes that are gone: nobody watches there any more */
  #past = NOBODY;

  get viewers(): number {
    let viewers = 0;
    for (const told of this.#told.values()) viewers += told.viewers;
    return viewers;
  }

  /** What another process has of this stream now, since that process began. */
  tell(from: string, status: Partial<AudienceStatus>): void {
    this.#told.set(from, { ...NOBODY, ...status });
  }

  /** A process is gone, and its viewers with it. */
  gone(from: string): void {
    const last = this.#told.get(from);
    if (!last) return;
    this.#told.delete(from);
    const left = (last.departures.left ?? 0) + last.viewers;
    this.#past = sum(this.#past, {
      ...last,
      viewers: 0,
      departures: { ...last.departures, ...(left > 0 && { left }) },
    });
  }

  /** With what is here. The peak is not to be had by adding: whoever counts all looks often enough. */
  all(here: AudienceStatus): AudienceStatus {
    return [...this.#told.values(), this.#past].reduce(sum, here);
  }
}

function sum(one: AudienceStatus, other: AudienceStatus): AudienceStatus {
  const departures = new Map(Object.entries(one.departures));
  for (const [why, count] of Object.entries(other.departures)) departures.set(why, (departures.get(why) ?? 0) + count);
  return {
    viewers: one.viewers + other.viewers,
    viewersPeak: one.viewersPeak,
    viewersTotal: one.viewersTotal + other.viewersTotal,
    bytesOut: one.bytesOut + other.bytesOut,
    skips: one.skips + other.skips,
    departures: Object.fromEntries(departures),
  };
}
