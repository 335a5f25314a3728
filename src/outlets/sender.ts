// A socket that sends datagrams to one place: bare, or with RTP's header (RFC 3550; payload type and clock as RFC 3551 and RFC 2250
// have them for transport streams). What the system does not take is counted and lost, as on any network; it never makes
// anybody wait.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { interfaceFor } from '../datagrams/interface.ts';
import { rtpHeader } from '../datagrams/rtp.ts';
import { TRANSPORT_STREAM } from '../sdp/session.ts';
import type { Destination } from '../datagrams/destination.ts';

/** Two MiB that the system has not taken: it does not take more for a while. */
const MOST_PENDING = 2048;

export interface Sender {
  send(payload: Buffer): void;
  /** What comes next does not go on from what came (RFC 2250, section 2: the marker). */
  mark(): void;
  close(): void;
}

export interface Told {
  sent(bytes: number): void;
  failed(error: Error): void;
  /** it sends nothing any more */
  broke(error: Error): void;
}

export async function sender(
  { group, ttl, interface: which }: Destination,
  clock: Clock,
  told: Told,
  signal: AbortSignal,
): Promise<Sender> {
  const { address, family, port, isMulticast, scheme } = group;
  const head = scheme === 'rtp' ? rtp(clock) : undefined;
  // An address is no name: nothing is to be looked up for each datagram.
  const lookup = (name: string, _: unknown, found: (error: null, at: string, version: number) => void) =>
    found(null, name, family);
  const socket = createSocket({ type: `udp${family}`, lookup });
  let pending = 0;
  const taken = (error: Error | null, bytes: number) => {
    pending -= 1;
    if (error) told.failed(error);
    else told.sent(bytes);
  };
  try {
    const listening = once(socket, 'listening', { signal });
    socket.bind({ port: 0, exclusive: true });
    await listening;
    direct(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('error', (error) => told.broke(error));

  function direct(to: Socket): void {
    if (isMulticast) to.setMulticastTTL(ttl);
    else to.setTTL(Math.max(1, ttl)); // the system takes no zero here
    if (isMulticast && which !== undefined) to.setMulticastInterface(interfaceFor(which, family));
  }

  return {
    send(payload) {
      if (pending >= MOST_PENDING) return told.failed(new Error('the system does not take any more'));
      pending += 1;
      socket.send(head ? [head.next(), payload] : payload, port, address, taken);
    },
    mark: () => head?.mark(),
    close: () => void socket.close(),
  };
}

/** Numbers begin anywhere, so that nobody takes them for those of a sender before (RFC 3550, section 5.1). */
function rtp(clock: Clock) {
  const { payloadType, clockRate } = TRANSPORT_STREAM;
  const ssrc = randomInt(2 ** 32);
  const offset = randomInt(2 ** 32);
  let sequence = randomInt(2 ** 16);
  let marker = true;
  return {
    mark: () => void (marker = true),
    next(): Buffer {
      const timestamp = (offset + Math.round((clock.now() * clockRate) / 1000)) % 2 ** 32;
      const header = rtpHeader({ payloadType, marker, sequence, timestamp, ssrc });
      sequence = (sequence + 1) % 2 ** 16;
      marker = false;
      return header;
    },
  };
}
