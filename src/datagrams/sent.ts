// How datagrams went, as far as whoever sends them can tell.

export interface Sent {
  readonly url: string;
  /** what the system took, with headers of RTP and without those of UDP */
  readonly bytes: number;
  readonly datagrams: number;
  /** those that it did not take */
  readonly errors: number;
  readonly lastError?: string;
}
