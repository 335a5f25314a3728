// Time as it is handed to everything that waits, so that specs can drive it by hand.

export interface Clock {
  /** milliseconds that only go forward; no date */
  now(): number;
  /** calls once, later; what it returns takes that back */
  after(ms: number, call: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after a while, or at once when the signal is aborted: whoever sleeps looks at the signal himself. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}

/** Calls again and again until the returned function is called. */
export function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel: () => void;
  const tick = () => {
    cancel = clock.after(ms, tick);
    call();
  };
  cancel = clock.after(ms, tick);
  return () => cancel();
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
