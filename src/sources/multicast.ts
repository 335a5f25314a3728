// Takes a stream from datagrams, UDP or RTP: of a multicast group, from anybody or from one sender, or such as are sent to
// this machine. What a datagram may hold is told by the container; formats that are not sent so cannot be taken so.

import { every } from '../clock.ts';
import type { Container } from '../containers/container.ts';
import { byName } from '../containers/index.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import { EXPECTED, urlOf } from '../datagrams/group.ts';
import { listen, type Listening, type Wanted } from '../datagrams/listen.ts';
import { Reception } from '../datagrams/reception.ts';
import { Statistics } from '../datagrams/statistics.ts';
import { explain, PumpError } from '../errors.ts';
import { tied } from './bytes.ts';
import { clash, groupOf, type Options, schema, sentSo, USUAL } from './multicast-options.ts';
import { Queue } from './queue.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';

/** A router or switch that has forgotten us, or an interface that came back, shall not cost viewers their patience. */
const SILENCE_MS = 5000;

export const multicast = {
  type: 'multicast',
  schema,
  clash,
  create(options: Options, means: Means): Source {
    const { interface: which, buffer: bufferBytes, container = USUAL } = options;
    const group = groupOf(options);
    const accepts = byName(container)?.datagram;
    if (!group || !accepts) throw new PumpError('usage', `expected ${EXPECTED}, of ${sentSo()}`);
    const at = { ...(which !== undefined && { interface: which }), ...(bufferBytes !== undefined && { bufferBytes }) };
    return new Multicast({ group, ...at }, { name: container, accepts }, means);
  },
} as const satisfies SourceKind<Options>;

interface Format {
  readonly name: string;
  readonly accepts: NonNullable<Container['datagram']>;
}

class Multicast implements Source {
  readonly url: string;
  readonly #wanted: Wanted;
  readonly #format: Format;
  readonly #means: Means;
  /** of all feeds since the first, as losses and bytes are */
  readonly #statistics = new Statistics();
  #listening: Listening | undefined;
  /** of the sockets before this one */
  #dropsBefore = 0;
  #afterwards: Source['afterwards'] = 'reopen';

  constructor(wanted: Wanted, format: Format, means: Means) {
    this.url = urlOf(wanted.group);
    this.#wanted = wanted;
    this.#format = format;
    this.#means = means;
  }

  /** A group that was silent is listened to on and on; an interface that is not there is looked for after a pause. */
  get afterwards(): Source['afterwards'] {
    return this.#afterwards;
  }

  async open(signal: AbortSignal): Promise<Feed> {
    signal.throwIfAborted();
    this.#afterwards = 'reopen';
    const { clock, log } = this.#means;
    const statistics = this.#statistics;
    const own = new AbortController();
    const queue = new Queue();
    const losses = new Losses();
    const received = {
      accepts: this.#format.accepts,
      deliver(payload: Buffer) {
        if (queue.push(payload)) return;
        statistics.dropped();
        losses.add(1);
      },
      lost: (count: number) => losses.add(count),
    };
    const reception = new Reception(this.#wanted.group.scheme, received, statistics, clock);
    let isHeard = true;
    const listener = {
      take(datagram: Buffer) {
        isHeard = true;
        reception.take(datagram);
      },
      failed: (error: PumpError) => queue.end(error),
    };
    const listening = await listen(this.#wanted, listener, { clock, log }, AbortSignal.any([signal, own.signal]));
    this.#listening = listening;
    this.#afterwards = 'wait';
    const stopLooking = every(clock, SILENCE_MS, () => {
      if (!isHeard) this.#rejoin(listening);
      isHeard = false;
    });
    const letGo = () => {
      stopLooking();
      reception.close();
      this.#dropsBefore += listening.kernelDrops() ?? 0;
      this.#listening = undefined;
      own.abort();
      queue.end();
    };
    return {
      bytes: tied(queue.read(), signal, letGo),
      from: this.url,
      says: this.#format.name,
      onLoss: (tell) => losses.tellTo((count) => tell('packets', count)),
      arrivals: () => this.#arrivals(listening.bufferBytes),
    };
  }

  #rejoin(listening: Listening): void {
    if (!this.#wanted.group.isMulticast) return;
    const { log } = this.#means;
    try {
      listening.rejoin();
      log.warn({ from: this.url, silentMs: SILENCE_MS }, 'group is silent, joined again');
    } catch (error) {
      log.warn({ from: this.url, reason: explain(error) }, 'group is silent, and cannot be joined');
    }
  }

  #arrivals(bufferBytes: number): Arrivals {
    const drops = this.#listening?.kernelDrops();
    const kernelDrops = this.#listening && drops === undefined ? undefined : this.#dropsBefore + (drops ?? 0);
    return { ...this.#statistics.arrivals(), bufferBytes, ...(kernelDrops !== undefined && { kernelDrops }) };
  }
}

/** Datagrams are counted from the first on, and somebody listens to that only when the format is known. */
class Losses {
  #untold = 0;
  #tell = (count: number): void => void (this.#untold += count);

  add(count: number): void {
    this.#tell(count);
  }

  tellTo(tell: (count: number) => void): void {
    if (this.#untold > 0) tell(this.#untold);
    this.#tell = tell;
  }
}
