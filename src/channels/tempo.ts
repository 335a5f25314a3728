// How long what comes is collected before all viewers are written to once: short while there is room, longer as load grows.
// One for all channels of a pump, since they share its processor.
//
// What fan-out costs is the number of writes, about ten microseconds each whatever their length (bench/README.md): viewers divided by the
// length of a run. What it gives is little delay, which is half of a run. The sum of the two, weighed, is least where runs are as
// long as a constant times the square root of the viewers: 10 ms up to ten, 45 ms for 200, 124 ms for 1500, until the
// stream's own `delay` ends that. A loop that is late has too much to do already: what it is late by is given back several times
// over. The bit rate needs no rule here: a run that has become large is sent at once (intake.ts), since a longer one would cost no
// less.

/** Nobody notices so little, and a source's own bursts are kept together. */
const LEAST_MS = 10;
/** With it, a hundredth of a processor weighs as much as five milliseconds of delay. */
const MS_PER_ROOT = 3.2;
/** A timer is up to this late without anybody being busy. */
const USUAL_LATENESS_MS = 1.5;
const LATENESS_FACTOR = 4;
/** The lateness of the last sixteen runs or so counts. */
const FORGETTING = 1 / 16;

export class Tempo {
  /** In other processes of this pump: a pump's viewers cost the same and wait as long, whatever serves them. */
  elsewhere = 0;
  #viewers = 0;
  #lateMs = 0;

  came(): void {
    this.#viewers += 1;
  }

  left(): void {
    this.#viewers -= 1;
  }

  /** A run was sent so much later than it was due. */
  late(ms: number): void {
    this.#lateMs += (Math.max(0, ms - USUAL_LATENESS_MS) - this.#lateMs) * FORGETTING;
  }

  /** From the beginning of one run to that of the next. */
  get runMs(): number {
    return Math.max(LEAST_MS, MS_PER_ROOT * Math.sqrt(this.#viewers + this.elsewhere)) + LATENESS_FACTOR * this.#lateMs;
  }
}
