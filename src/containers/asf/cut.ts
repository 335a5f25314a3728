// An encoder may put a key frame into the middle of a packet, behind the rest of the picture before or behind whole ones. A
// viewer who begins with such a packet gets those first: VLC shows the rest as a damaged picture, and what is whole needs
// pictures that it never saw. So the packet is cut in two before the key frame (ASF Specification, section 5.2).

import type { AsfHeader } from './objects.ts';
import { joinAt, type Packet } from './packet.ts';

/** send time, duration: then comes the number of payloads */
const TIMES_BYTES = 6;
const WIDTH_BITS = 0xc0;

export interface Halves {
  readonly before: Buffer;
  readonly from: Buffer;
}

/** Undefined: nothing of the key frame's stream comes before it, or the packet tells its own length and stays as it is. Both
 *  halves have no padding, as where a sender has taken it away. */
export function cutAtKey(packet: Packet, header: AsfHeader): Halves | undefined {
  const { bytes, payloads, end, fixed, sendTimeAt } = packet;
  const at = joinAt(packet, header);
  const earlier = payloads.slice(0, Math.max(0, at));
  const last = earlier.at(-1);
  if (!last || fixed || !earlier.some(({ stream }) => stream === header.keyFrames?.stream)) return undefined;
  const countAt = sendTimeAt + TIMES_BYTES;
  const half = (count: number, begin: number, until: number) => {
    const cut = Buffer.concat([bytes.subarray(0, countAt + 1), bytes.subarray(begin, until)]);
    if (packet.paddingWidth > 0) cut.writeUIntLE(0, packet.paddingAt, packet.paddingWidth);
    cut.writeUInt8((bytes.readUInt8(countAt) & WIDTH_BITS) | count, countAt);
    return cut;
  };
  return { before: half(at, countAt + 1, last.end), from: half(payloads.length - at, last.end, end) };
}
