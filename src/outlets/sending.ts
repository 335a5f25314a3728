// All that a stream is sent to beside its viewers, which may become other places while it runs.

import { isDeepStrictEqual } from 'node:util';
import type { Channel } from '../channels/channel.ts';
import type { Destination } from '../datagrams/destination.ts';
import type { Sent } from '../datagrams/sent.ts';
import { multicast, type Outlet } from './multicast.ts';
import type { Around } from '../log.ts';

interface Running {
  readonly to: Destination;
  readonly outlet: Outlet;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class Sending {
  readonly #channel: Channel;
  readonly #around: Around;
  #running: readonly Running[] = [];

  constructor(channel: Channel, around: Around) {
    this.#channel = channel;
    this.#around = around;
  }

  status(): Sent[] {
    return this.#running.map(({ outlet }) => outlet.status());
  }

  /** From now on to these and nowhere else; what stays does not notice. Resolves when the others have let go. */
  async to(destinations: readonly Destination[]): Promise<void> {
    const before = this.#running;
    const kept = (to: Destination) => before.find((one) => isDeepStrictEqual(one.to, to));
    this.#running = destinations.map((to) => kept(to) ?? this.#run(to));
    const over = before.filter((one) => !this.#running.includes(one));
    for (const { stop } of over) stop.abort();
    await Promise.all(over.map(({ ended }) => ended));
  }

  #run(to: Destination): Running {
    const outlet = multicast(this.#channel, to, this.#around);
    const stop = new AbortController();
    return { to, outlet, stop, ended: outlet.run(stop.signal) };
  }
}
