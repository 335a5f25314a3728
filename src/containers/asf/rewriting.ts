// Data packets made to fit: padding put back where a sender took it away, and times moved (ASF Specification, section 5.2).
// Both give new bytes; the packet itself may be shared and stays as it is.

import { type Packet, readPacket } from './packet.ts';

const PADDING_TYPE_BITS = 0x18;
const PADDING_TYPE_U8 = 0x08;
const PADDING_TYPE_U16 = 0x10;
const MOST_U8 = 0xff;

/** The packet at the size that the header promises, as plain ASF wants it. Encoders and servers cut the padding off, which the
 *  other side may take for more payload if only zeros are appended: so the packet says again how much of it there is. */
export function pad(bytes: Buffer, packetSize: number): Buffer {
  if (bytes.length >= packetSize) return bytes;
  const packet = readPacket(bytes);
  // What says its own length or still tells the padding that was cut off is only filled up, as players do it themselves.
  const told = !packet || packet.fixed || (!packet.multiple && packet.padding === packetSize - bytes.length);
  if (told) return Buffer.concat([bytes], packetSize);
  const content = packet.multiple ? packet.end : bytes.length;
  const padding = packetSize - content + (packet.multiple ? 0 : packet.padding);
  const field = paddingField(packet, padding);
  const padded = Buffer.alloc(packetSize);
  bytes.copy(padded, 0, 0, packet.paddingAt);
  if (field.type !== undefined) {
    padded.writeUInt8((bytes.readUInt8(packet.typesAt) & ~PADDING_TYPE_BITS) | field.type, packet.typesAt);
  }
  padded.writeUIntLE(field.value, packet.paddingAt, field.width);
  bytes.copy(padded, packet.paddingAt + field.width, packet.paddingAt + packet.paddingWidth, content);
  return padded;
}

/** The field as it is where the number fits; otherwise a wider one, whose bytes are taken from the padding. */
function paddingField({ paddingWidth }: Packet, padding: number): { type?: number; width: number; value: number } {
  if (paddingWidth > 1 || (paddingWidth === 1 && padding <= MOST_U8)) return { width: paddingWidth, value: padding };
  const wider = paddingWidth + 1;
  if (wider === 1 && padding - 1 <= MOST_U8) return { type: PADDING_TYPE_U8, width: 1, value: padding - 1 };
  return { type: PADDING_TYPE_U16, width: 2, value: padding - (2 - paddingWidth) };
}

/** A copy that is sent and shown so much later; u32 as they are, times wrap. */
export function retime(packet: Packet, deltaMs: number): Buffer {
  const later = Buffer.from(packet.bytes);
  const move = (at: number) => later.writeUInt32LE((later.readUInt32LE(at) + deltaMs) >>> 0, at);
  move(packet.sendTimeAt);
  for (const { presentationTime, presentationTimeAt } of packet.payloads) {
    if (presentationTime !== undefined) move(presentationTimeAt);
  }
  return later;
}
