// Who has said nothing for too long: workers tell something every second (messages.ts), and the primary looks as often. Looks are
// counted, not time: a primary that was itself held up, or a machine that stood still, looks less often, and blames nobody.

import type { Member } from './member.ts';

/** Looks after which others get the connections of a worker. */
const ASIDE = 3;
/** Looks after which it is ended: no player has anything left to play by then. */
const HANGS = 10;
/** … while it begins: on a slow machine with many cores all begin at once. */
const HANGS_AT_BEGINNING = 60;

/** What this look comes to; each verdict comes once in a silence. */
export function verdict({ isReady, silence }: Pick<Member, 'isReady' | 'silence'>): 'aside' | 'hangs' | undefined {
  if (isReady && silence === ASIDE) return 'aside';
  return silence === (isReady ? HANGS : HANGS_AT_BEGINNING) ? 'hangs' : undefined;
}

/** The one with the fewest connections, of those that answer; where none does, of those that may answer again. */
export function least<One extends Pick<Member, 'load' | 'silence'>>(members: Iterable<One>): One | undefined {
  const there = [...members].filter(({ silence }) => silence < Infinity);
  const answering = there.filter(({ silence }) => silence < ASIDE);
  const [first, ...others] = answering.length > 0 ? answering : there;
  return first && others.reduce((found, one) => (one.load < found.load ? one : found), first);
}
