// Why a stream is not live, or what happened to it before: the one line that an operator looks for.

import type { StreamTold } from '../http/api/told.ts';
import { span } from './words.ts';

export interface Reason {
  readonly text: string;
  /** it is over: the stream is live again */
  readonly isPast: boolean;
}

export function reasonOf({ state, type, enabled, receive, source }: StreamTold): Reason | undefined {
  if (!enabled) return { text: 'Switched off', isPast: true };
  if (receive === false) return { text: 'Told of alone: players get it by multicast', isPast: true };
  const { lastError, restarts } = source;
  if (state === 'live')
    return lastError === undefined || restarts === 0
      ? undefined
      : { text: `Interrupted before: ${lastError}`, isPast: true };
  if (lastError !== undefined) return { text: `${state === 'lost' ? 'Lost' : 'Failed'}: ${lastError}`, isPast: false };
  if (type === 'push' && state === 'opening') return { text: 'No encoder has pushed yet', isPast: true };
  return undefined;
}

/** By the pump's calendar. */
export function sinceOf({ since }: StreamTold, { nowMs }: { readonly nowMs: () => number }): string {
  return span((nowMs() - Date.parse(since)) / 1000);
}
