// What the three processes of the fan-out bench tell each other.

/** 'channel': as the pump does it; 'plain per run': one write per viewer for all that came within the same time;
 *  'plain per packet': one write per viewer for every packet. */
export const ways = ['channel', 'plain per run', 'plain per packet'] as const;
export type Way = (typeof ways)[number];

export interface Setting {
  readonly viewers: number;
  readonly bytesPerSecond: number;
  readonly packetBytes: number;
  readonly seconds: number;
}

export interface Measured {
  /** user and system time of the server process */
  readonly cpuPerGB: number;
  /** CPU seconds per second: near 1, the server had more to do than it could */
  readonly load: number;
  /** of the bytes that all viewers together should have got in this time */
  readonly delivered: number;
  /** objects that the server has more than before the viewers came, garbage collected */
  readonly heapPerViewer: number;
  /** all buffers in the end, those of the backlog included */
  readonly bufferBytes: number;
  /** what the process takes of the system's memory in the end */
  readonly rssBytes: number;
}
