// The newest runs of a stream, bounded by bytes, and where one may join. A place is the number of a run, counted since
// the channel began; runs leave at the old end whatever viewers do.

import type { Run } from './run.ts';

export class Backlog {
  #mostBytes: number;
  #runs: Run[] = [];
  #joins: number[] = [];
  /** the place of the oldest run that is still here */
  #first = 0;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Less than there is takes effect with the next run. */
  set mostBytes(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** what it spans on the stream's own clock */
  get seconds(): number {
    const [first, last] = [this.#runs[0], this.#runs.at(-1)];
    return first && last ? Math.max(0, last.untilMs - first.atMs) / 1000 : 0;
  }

  /** the newest unit on the stream's own clock */
  get untilMs(): number {
    return this.#runs.at(-1)?.untilMs ?? 0;
  }

  /** the place of the run that comes next */
  get next(): number {
    return this.#first + this.#runs.length;
  }

  at(place: number): Run | undefined {
    return this.#runs[place - this.#first];
  }

  push(run: Run): void {
    if (run.join) this.#joins.push(this.next);
    this.#runs.push(run);
    this.#bytes += run.costBytes;
    while (this.#bytes > this.#mostBytes && this.#runs.length > 1) this.#shift();
  }

  /** Where a newcomer begins: the newest join that is at least `burstMs` old, else the oldest. */
  join(burstMs: number): number | undefined {
    const newest = this.#runs.at(-1);
    if (!newest) return undefined;
    const old = this.#joins.findLast((place) => this.at(place)!.atMs <= newest.untilMs - burstMs);
    return old ?? this.#joins[0];
  }

  /** What is here does not lead up to what comes: nobody joins in it any more. */
  forgetJoins(): void {
    this.#joins = [];
  }

  clear(): void {
    this.#first = this.next;
    this.#runs = [];
    this.#joins = [];
    this.#bytes = 0;
  }

  #shift(): void {
    this.#bytes -= this.#runs.shift()!.costBytes;
    this.#first += 1;
    while (this.#joins.length > 0 && this.#joins[0]! < this.#first) this.#joins.shift();
  }
}
