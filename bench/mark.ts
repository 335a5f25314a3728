// What stands in the stream so that a viewer can tell how old it is: written by feed.ts, found by viewers.c and viewers-tls.ts, whatever
// the container around it is.

export const MAGIC = Buffer.from('STREAM-PUMP-MARK');
/** magic, a letter, a number, nanoseconds */
export const MARK_BYTES = MAGIC.length + 1 + 4 + 8;

/** `isKey`: what comes with it is the beginning of a key frame */
export function mark(isKey: boolean, number: number): Buffer {
  const bytes = Buffer.alloc(MARK_BYTES);
  MAGIC.copy(bytes);
  bytes[MAGIC.length] = (isKey ? 'K' : '-').charCodeAt(0);
  bytes.writeUInt32BE(number, MAGIC.length + 1);
  bytes.writeBigUInt64BE(process.hrtime.bigint(), MAGIC.length + 5);
  return bytes;
}
