// How a stream looks on one kind of connection. Pure: a run is dressed once and shared by all on that wire.

import type { Unit } from './container.ts';

export interface Wire {
  readonly name: string;
  readonly contentType: string;
  dress(header: Buffer): Dress;
  /** tells a viewer who can follow that another header comes, and that header */
  change?(header: Buffer): Buffer;
  end?(why: Ending): Buffer;
}

/** Why a viewer is told that it is over. */
export type Ending = 'stream ended' | 'header changed' | 'dropped' | 'stopping';

/** Units that are sent together. */
export interface Batch {
  readonly units: readonly Unit[];
  /** the first one's among all units of the stream */
  readonly firstIndex: number;
  /** what was sent before does not lead up to it */
  readonly gap: boolean;
}

/** A wire for the streams with one certain header. */
export interface Dress {
  /** what a newcomer gets first */
  readonly begin: Buffer;
  /** where the header decides it: instead of the wire's own */
  readonly contentType?: string;
  /** A unit's bytes as this wire wants them; without it they are sent as they are. `index` counts the units of a stream
   *  since it began: what a wire numbers its packets by, the same for all viewers. */
  unit?(bytes: Buffer, index: number): Buffer;
  /** For players that need bytes of their own: called for each viewer; what it returns writes into a copy of each unit that is sent to
   *  that viewer. It costs a copy of everything, so it is for those alone who see nothing without it. */
  own?(): (copy: Buffer) => void;
  /** Instead of `unit`, for another pump, which has viewers of its own: with all that is known of each unit. It is sent everything,
   *  also what viewers are spared until they can begin anew. */
  run?(batch: Batch): Buffer;
  /** also for another pump, about once a second while nothing comes */
  silence?(isLost: boolean): Buffer;
}
