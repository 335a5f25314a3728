// How datagrams came, in numbers: what an operator asks of a group, and what a receiver of RTP tells (RFC 3550, section 6.4).

/** Why a datagram was not taken. Other payload: no RTP (where nothing else would do), another type, or torn packets of the
 *  format. Other sender: what came beside the stream that is being received. */
export type Refusal = 'other payload' | 'other sender';

export interface Arrivals {
  /** datagrams of the stream, with those that came twice or too late */
  readonly packets: number;
  /** of their payloads */
  readonly bytes: number;
  /** did not come in time, by their numbers */
  readonly lost: number;
  /** came after a later one, and were put in order */
  readonly reordered: number;
  /** came again, and were left out */
  readonly duplicates: number;
  /** counted as lost before they came, and left out */
  readonly late: number;
  /** were not read in time, once they were here: there is room for so many only */
  readonly dropped: number;
  /** were no part of the stream; in all, and by why */
  readonly refused: number;
  readonly refusals: Readonly<Partial<Record<Refusal, number>>>;
  /** RFC 3550, appendix A.8: how unevenly they came beside their time stamps */
  readonly jitterMs?: number;
  readonly ssrc?: number;
  readonly payloadType?: number;
  /** room in the system for what was not taken yet, and what it threw away for want of room; where it tells */
  readonly bufferBytes?: number;
  readonly kernelDrops?: number;
}
