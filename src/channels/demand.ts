// Who waits for whom: viewers for a stream that is not live, and a source that is opened on demand for somebody to want it.

export class Demand {
  readonly #viewers = new Bell();
  readonly #source = new Bell();

  /** Viewers wait for the stream. */
  get isThere(): boolean {
    return this.#viewers.waiting > 0;
  }

  /** Somebody wants the stream. Resolves when it is live or never will be, or when the signal is aborted. */
  async awaitStream(signal: AbortSignal): Promise<void> {
    const decided = this.#viewers.rung(signal);
    this.#source.ring();
    await decided;
  }

  /** Resolves as soon as somebody wants the stream, or when the signal is aborted. */
  awaitViewers(signal: AbortSignal): Promise<void> {
    return this.#source.rung(signal);
  }

  /** The stream is live, or never will be. */
  decided(): void {
    this.#viewers.ring();
  }
}

/** Wakes all who wait for it to be rung. */
class Bell {
  readonly #waiting = new Set<() => void>();

  get waiting(): number {
    return this.#waiting.size;
  }

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when it is rung, or when the signal is aborted. */
  rung(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
