// What a channel may keep, and for how long it puts up with what. All of it may become other while it runs.

export interface Limits {
  readonly backlogBytes: number;
  /** how long units may be collected into a run at the most */
  readonly delayMs: number;
  /** what becomes of viewers who do not take the stream as fast as it comes, once they are behind all that is kept */
  readonly slow: 'skip' | 'disconnect';
  /** how long viewers wait for a source to come back */
  readonly graceMs: number;
}
