// Runs a framing over chunks as they come. Any chunking gives the same parts (where a framing collects, the same but for where one ends and
// the next goes on); bytes wanted at once are bounded; a field within one chunk is a view of it, one that straddles chunks is
// copied once.

import { PumpError } from '../errors.ts';
import type { Choices, Container, Framing, Part } from './container.ts';

/** Somebody who sends single bytes must not make us hold an object for each. */
const MOST_CHUNKS = 4096;
const NOTHING = Buffer.alloc(0);

export class Framer {
  readonly #framing: Framing;
  readonly #name: string;
  readonly #largestBytes: number;
  readonly #collects: boolean;
  #chunks: Buffer[] = [];
  /** where in the first chunk the unread bytes begin */
  #start = 0;
  #held = 0;
  #offset = 0;
  /** so many bytes let the framing go on; none do where it has a part to tell, or has not begun */
  #wanted = 0;

  constructor(
    {
      name,
      framing,
      largestBytes,
      collects = false,
    }: Pick<Container, 'name' | 'framing' | 'largestBytes' | 'collects'>,
    choices: Choices = {},
  ) {
    this.#framing = framing(choices);
    this.#name = name;
    this.#largestBytes = largestBytes;
    this.#collects = collects;
  }

  /** bytes that came but do not make a whole part yet */
  get heldBytes(): number {
    return this.#held;
  }

  /** The parts that this chunk completes, in order. They are handed out as they are made: what stands before an error
   *  is not lost. Returns true when the stream said that it is over. */
  *push(chunk: Buffer): Generator<Part, boolean> {
    this.#keep(chunk);
    while (this.#wanted <= this.#held) {
      const { done, value } = this.#step(this.#consume(this.#wanted));
      if (done) return true;
      this.#wanted = typeof value === 'number' ? this.#bounded(value) : 0;
      if (typeof value !== 'number') yield value;
    }
    if (this.#collects) yield* this.#collected();
    return false;
  }

  /** What was collected does not wait for the next chunk, which may be long in coming. */
  *#collected(): Generator<Part> {
    let step = this.#step(NOTHING);
    for (; !step.done && typeof step.value !== 'number'; step = this.#step(NOTHING)) yield step.value;
  }

  /** The parts that were still being collected when nothing more came. What was no part yet stays in `heldBytes`. */
  *end(): Generator<Part> {
    let step = this.#framing.return();
    for (; !step.done && typeof step.value !== 'number'; step = this.#framing.next(NOTHING)) yield step.value;
  }

  #keep(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#chunks.length < MOST_CHUNKS) return;
    const merged = Buffer.concat(this.#chunks).subarray(this.#start);
    this.#chunks = [merged];
    this.#start = 0;
  }

  #step(bytes: Buffer) {
    try {
      return this.#framing.next(bytes);
    } catch (error) {
      if (!(error instanceof PumpError)) throw error;
      throw new PumpError(error.code, `${error.message} (near byte ${this.#offset})`, { cause: error.cause });
    }
  }

  #bounded(bytes: number): number {
    if (bytes <= this.#largestBytes) return bytes;
    const told = `${this.#name}: an element of ${bytes} bytes, more than the ${this.#largestBytes} allowed`;
    throw new PumpError('too large', `${told} (near byte ${this.#offset})`);
  }

  #consume(bytes: number): Buffer {
    if (bytes === 0) return NOTHING;
    this.#held -= bytes;
    this.#offset += bytes;
    const from = this.#start;
    const first = this.#chunks[0];
    if (first === undefined || bytes > first.length - from) return this.#gather(bytes);
    this.#start += bytes;
    if (this.#start === first.length) {
      this.#chunks.shift();
      this.#start = 0;
    }
    return first.subarray(from, from + bytes);
  }

  #gather(bytes: number): Buffer {
    const whole = Buffer.allocUnsafe(bytes);
    let filled = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const copied = chunk.copy(whole, filled, this.#start);
      filled += copied;
      this.#start += copied;
      if (this.#start < chunk.length) break;
      this.#start = 0;
      used += 1;
    }
    this.#chunks.splice(0, used);
    return whole;
  }
}
