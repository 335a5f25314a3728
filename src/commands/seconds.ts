// The option `--seconds N`, as all commands read it.

import { PumpError } from '../errors.ts';

/** Eleven days; Node's timers hold no more than 24. */
const MOST_SECONDS = 1_000_000;

/** In milliseconds, as all times; undefined where the option is not given. */
export function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,7}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new PumpError('usage', `--seconds: expected a number of seconds up to ${MOST_SECONDS}, got '${text}'`);
}
