// Sends a stream to a group, or to one address, in datagrams, for as long as the pump runs: a viewer whose socket is one for datagrams.
// It takes what comes when it comes, waits while there is nothing, and harms nobody when the network does not take it.

import type { Channel } from '../channels/channel.ts';
import type { Live } from '../channels/state.ts';
import type { Sink, Wants } from '../channels/visit.ts';
import { sleep } from '../clock.ts';
import type { Destination } from '../datagrams/destination.ts';
import { urlOf } from '../datagrams/group.ts';
import type { Sent } from '../datagrams/sent.ts';
import { explain } from '../errors.ts';
import { type Linked, linked } from '../linked.ts';
import { type Around, tally } from '../log.ts';
import { type Pacing, pacing } from './pacing.ts';
import { type Sender, sender } from './sender.ts';

/** An interface that is not there may come back, and a stream of another format may become one that can be sent. */
const AGAIN_MS = 5000;
const LOOK_MS = 1000;
/** Seven of 188 bytes, as everybody has it: eight do not fit into 1500 bytes with their headers. */
const SHAPE = { packetBytes: 188, most: 7 };

export interface Outlet {
  status(): Sent;
  run(signal: AbortSignal): Promise<void>;
}

export function multicast(channel: Channel, destination: Destination, { clock, log }: Around): Outlet {
  const url = urlOf(destination.group);
  const failed = tally(log, 'datagram not sent', clock);
  let [bytes, datagrams, errors] = [0, 0, 0];
  let lastError: string | undefined;

  function trouble(error: unknown): void {
    lastError = explain(error);
    errors += 1;
    failed({ to: url, reason: lastError });
  }

  /** Until it cannot be sent to any more. */
  async function once({ signal, abort }: Linked): Promise<void> {
    const told = {
      sent(count: number) {
        bytes += count;
        datagrams += 1;
      },
      failed: trouble,
      broke(error: Error) {
        trouble(error);
        abort();
      },
    };
    const socket = await sender(destination, clock, told, signal);
    log.info({ to: url }, 'sending begins');
    try {
      while (!signal.aborted) {
        const live = await channel.whenLive(signal);
        if (live && !signal.aborted)
          await (live.container.datagram ? watch(live, socket, signal) : other(live, signal));
      }
    } finally {
      socket.close();
    }
  }

  async function watch({ container }: Live, socket: Sender, signal: AbortSignal): Promise<void> {
    socket.mark();
    const paced = pacing(clock, SHAPE, (datagram) => socket.send(datagram));
    const wants: Wants = {
      wire: container.wires[0],
      follows: true,
      burstMs: 0,
      address: url,
      agent: 'multicastTo',
      isOutlet: true,
    };
    const stay = linked(signal);
    await channel.join(sinkOf(paced, stay.signal), wants);
    stay.unlink();
    paced.flush();
  }

  /** Nobody is made to open a source for it, either. */
  async function other({ container }: Live, signal: AbortSignal): Promise<void> {
    lastError = `${container.name} is not sent in datagrams; send MPEG-TS to this stream, or leave out multicastTo`;
    log.warn({ to: url, reason: lastError }, 'stream not sent');
    const isStill = () => !channel.live || channel.live.container === container;
    while (!signal.aborted && isStill()) await sleep(clock, LOOK_MS, signal);
    lastError = undefined;
  }

  return {
    status: () => ({ url, bytes, datagrams, errors, ...(lastError !== undefined && { lastError }) }),
    async run(signal) {
      while (!signal.aborted) {
        const attempt = linked(signal);
        try {
          await once(attempt);
        } catch (error) {
          if (signal.aborted) break;
          trouble(error);
        } finally {
          attempt.unlink();
        }
        await sleep(clock, AGAIN_MS, signal);
      }
      log.info({ to: url, bytes, datagrams, errors }, 'sending ended');
    },
  };
}

/** It is never full: what a network does not take is gone. */
function sinkOf(paced: Pacing, signal: AbortSignal): Sink {
  return {
    write(run) {
      paced.take(run);
      return true;
    },
    cork() {},
    uncork() {},
    end: () => paced.flush(),
    destroy: () => paced.drop(),
    on(event, then) {
      if (event === 'close') signal.addEventListener('abort', then, { once: true });
    },
    writableLength: 0,
  };
}
