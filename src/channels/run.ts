// A run is what a channel took within one flush interval: the bytes of its units side by side. Every viewer in step gets
// it by one write of one shared Buffer, because the cost of fan-out is the number of writes, not bytes.

import type { Unit } from '../containers/container.ts';
import type { Batch, Dress } from '../containers/wire.ts';

/** What a unit costs beside its bytes, so that a stream of tiny units cannot make the backlog outgrow its bound. */
const UNIT_OVERHEAD_BYTES = 64;
const RUN_OVERHEAD_BYTES = 512;
/** A viewer's socket holds so much and a run at the most: it must stay small even when a source sends a lot at once. */
export const MOST_RUN_BYTES = 256 * 1024;

interface RunOptions {
  readonly firstIndex: number;
  readonly gap: boolean;
  readonly atMs: number;
  readonly untilMs: number;
}

export class Run {
  /** a viewer may begin here. Only the first unit decides: see Channel. */
  readonly join: boolean;
  /** what those need first who begin here */
  readonly lead: Buffer | undefined;
  /** what was sent before this run does not lead up to it */
  readonly gap: boolean;
  /** its first and last unit on the stream's own clock */
  readonly atMs: number;
  readonly untilMs: number;
  readonly units: number;
  /** what it costs to keep, dressed copies not counted */
  readonly costBytes: number;
  readonly #bytes: Buffer;
  readonly #ends: readonly number[];
  readonly #firstIndex: number;
  /** of each unit, and how many of the first may be begun with: what a wire for another pump tells */
  readonly #times: readonly (number | undefined)[];
  readonly #joins: number;
  readonly #dressed = new Map<Dress, Buffer>();

  /** The units are copied once: what they are views of (a socket's chunk, filler and all) is let go of. */
  constructor(units: readonly [Unit, ...Unit[]], { firstIndex, gap, atMs, untilMs }: RunOptions) {
    let end = 0;
    this.#ends = units.map(({ bytes }) => (end += bytes.length));
    this.#bytes = Buffer.concat(
      units.map(({ bytes }) => bytes),
      end,
    );
    this.#firstIndex = firstIndex;
    this.#times = units.map((unit) => unit.atMs);
    this.#joins = units.filter((unit) => unit.join).length;
    this.join = units[0].join;
    this.lead = units[0].lead;
    this.gap = gap;
    this.atMs = atMs;
    this.untilMs = untilMs;
    this.units = units.length;
    this.costBytes = end + units.length * UNIT_OVERHEAD_BYTES + RUN_OVERHEAD_BYTES;
  }

  /** The bytes for everybody on the same wire, made on first use. */
  on(dress: Dress): Buffer {
    if (!dress.unit && !dress.run) return this.#bytes;
    let bytes = this.#dressed.get(dress);
    if (!bytes) this.#dressed.set(dress, (bytes = dress.run ? dress.run(this.#batch()) : this.#each(dress)));
    return bytes;
  }

  /** For one viewer alone, each unit as `change` makes it. It is not kept. */
  copy(change: (copy: Buffer) => void): Buffer {
    const copy = Buffer.from(this.#bytes);
    let start = 0;
    for (const end of this.#ends) {
      change(copy.subarray(start, end));
      start = end;
    }
    return copy;
  }

  #each(dress: Dress): Buffer {
    const units = this.#ends.map((_, n) => this.#unit(n));
    return Buffer.concat(units.map((bytes, n) => dress.unit?.(bytes, this.#firstIndex + n) ?? bytes));
  }

  #batch(): Batch {
    const units = this.#times.map((atMs, n): Unit => {
      const lead = n === 0 ? this.lead : undefined;
      const told = { ...(atMs !== undefined && { atMs }), ...(lead && { lead }) };
      return { kind: 'unit', bytes: this.#unit(n), join: n < this.#joins, ...told };
    });
    return { units, firstIndex: this.#firstIndex, gap: this.gap };
  }

  #unit(n: number): Buffer {
    return this.#bytes.subarray(this.#ends[n - 1] ?? 0, this.#ends[n]);
  }
}
