// Between somebody who cannot be made to wait (a socket for datagrams) and a reader: bounded, and what has no room is not
// taken. Nothing is copied.

/** More than any pause of this process: half a second of 64 Mbit/s. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Somebody who sends tiny pieces must not make us hold an object for each of that many bytes. */
const MOST_PIECES = 16_384;

export class Queue {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #end: { readonly error?: Error } | undefined;
  #wake = () => {};

  /** False: there is no room. */
  push(piece: Buffer): boolean {
    if (this.#bytes + piece.length > MOST_BYTES || this.#pieces.length >= MOST_PIECES) return false;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#wake();
    return true;
  }

  /** Its reader gets nothing more; without an error that is the end. */
  end(error?: Error): void {
    this.#end ??= { ...(error && { error }) };
    this.#wake();
  }

  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      const pieces = this.#pieces;
      this.#pieces = [];
      this.#bytes = 0;
      yield* pieces;
      if (this.#pieces.length > 0) continue;
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
