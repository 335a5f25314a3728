// The line that long work shows of itself: rewritten once a second on a terminal, nowhere else, and wiped in the end.

import { every, type Clock } from '../clock.ts';

const SHOWN_EVERY_MS = 1000;
const WIPE = '\r\u001b[K';

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What is returned ends it. */
export function progress(clock: Clock, line: () => string, screen: Screen = process.stderr): () => void {
  if (!screen.isTTY) return () => {};
  // The cursor goes back to where it began, so that a line of the log takes the place of this one.
  const show = () => screen.write(`${WIPE}${line()}\r`);
  show();
  const stop = every(clock, SHOWN_EVERY_MS, show);
  return () => {
    stop();
    screen.write(WIPE);
  };
}
