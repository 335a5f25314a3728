// Lets somebody have a source dropped and opened again at once: what is read now ends, and a pause before the next try is
// cut short. `keep` asks it for a signal before each opening.

import { PumpError } from '../errors.ts';

export class Again {
  #stop = new AbortController();

  /** Aborted when the opening that begins now is to give way to the next. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** `why` is told to who sends, to the log and in the status. */
  now(why: string): void {
    const before = this.#stop;
    this.#stop = new AbortController();
    before.abort(new PumpError('stopping', why));
  }
}
