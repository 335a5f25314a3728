// Takes a stream from datagrams, UDP or RTP: of a multicast group, from anybody or from one sender, or such as are sent to
// this machine. What a datagram may hold is told by the container; formats that are not sent so cannot be taken so.

import { type Clock, every } from '../clock.ts';
import type { Container } from '../containers/container.ts';
import { byName, inDatagrams } from '../containers/index.ts';
import type { Arrivals } from '../datagrams/arrivals.ts';
import { type Group, urlOf } from '../datagrams/group.ts';
import { listen, type Listening, type Wanted } from '../datagrams/listen.ts';
import { Reception } from '../datagrams/reception.ts';
import { Statistics } from '../datagrams/statistics.ts';
import { explain, PumpError } from '../errors.ts';
import { linked } from '../linked.ts';
import { type Session, TRANSPORT_STREAM } from '../sdp/session.ts';
import { tied } from './bytes.ts';
import { type Described, EXPECTED, sessionOfDescribed, shownOf } from './described.ts';
import { clash, type Options, schema, USUAL, whereOf } from './multicast-options.ts';
import { Queue } from './queue.ts';
import type { Feed, Means, Source, SourceKind } from './source.ts';
import { told } from './told.ts';

/** A router or switch that has forgotten us, or an interface that came back, shall not cost viewers their patience. */
const SILENCE_MS = 5000;

export const multicast = {
  type: 'multicast',
  schema: schema.describe(
    'Datagrams, UDP or RTP, of a multicast group or sent to this machine, with a transport stream in them.',
  ),
  clash,
  create(options: Options, means: Means): Source {
    const { interface: which, buffer: bufferBytes, container = USUAL } = options;
    const where = whereOf(options);
    if (options.receive === false && where?.kind === 'group') return told(where.session.group, options);
    const accepts = byName(container)?.datagram;
    if (!where || !accepts) throw new PumpError('usage', `expected ${EXPECTED}, of ${inDatagrams}`);
    const at = { ...(which !== undefined && { interface: which }), ...(bufferBytes !== undefined && { bufferBytes }) };
    return new Multicast(where, at, { name: container, accepts }, means);
  },
} as const satisfies SourceKind<Options>;

interface Format {
  readonly name: string;
  readonly accepts: NonNullable<Container['datagram']>;
}

class Multicast implements Source {
  readonly url: string;
  readonly #where: Described;
  readonly #at: Omit<Wanted, 'group'>;
  readonly #format: Format;
  readonly #means: Means;
  /** of all feeds since the first, as losses and bytes are */
  readonly #statistics = new Statistics();
  /** as it was told last */
  #session: Session | undefined;
  #listening: Listening | undefined;
  /** of the sockets before this one */
  #dropsBefore = 0;
  #afterwards: Source['afterwards'] = 'reopen';

  constructor(where: Described, at: Omit<Wanted, 'group'>, format: Format, means: Means) {
    this.url = shownOf(where);
    this.#where = where;
    this.#at = at;
    if (where.kind === 'group') this.#session = where.session;
    this.#format = format;
    this.#means = means;
  }

  /** A group that was silent is listened to on and on; an interface that is not there is looked for after a pause. */
  get afterwards(): Source['afterwards'] {
    return this.#afterwards;
  }

  /** Behind udp:// may be RTP: then that is what others have to be told. */
  get session(): Session | undefined {
    const session = this.#session;
    if (!session?.group.isMulticast) return undefined;
    const { payloadType } = this.#statistics.arrivals();
    return payloadType === undefined
      ? session
      : { ...session, payloadType, group: { ...session.group, scheme: 'rtp' } };
  }

  async open(signal: AbortSignal): Promise<Feed> {
    signal.throwIfAborted();
    this.#afterwards = 'reopen';
    const session = await this.#find(signal);
    const { group } = session;
    const own = linked(signal);
    const queue = new Queue();
    const losses = new Losses();
    const reception = this.#reception(session, queue, losses);
    let heard = () => {};
    const listener = {
      take(datagram: Buffer) {
        heard();
        reception.take(datagram);
      },
      failed: (error: PumpError) => queue.end(error),
    };
    const listening = await listen({ group, ...this.#at }, listener, this.#means, own.signal);
    this.#listening = listening;
    this.#afterwards = 'wait';
    const quiet = quietly(this.#means.clock, (level) => this.#rejoin(group, listening, level));
    heard = quiet.heard;
    const letGo = () => {
      quiet.stop();
      reception.close();
      this.#dropsBefore += listening.kernelDrops() ?? 0;
      this.#listening = undefined;
      own.abort();
      queue.end();
    };
    return {
      bytes: tied(queue.read(), signal, letGo),
      from: urlOf(group),
      says: this.#format.name,
      onLoss: (tell) => losses.tellTo((count) => tell('packets', count)),
      arrivals: () => this.#arrivals(listening.bufferBytes),
    };
  }

  #reception({ group, payloadType }: Session, queue: Queue, losses: Losses): Reception {
    const statistics = this.#statistics;
    const received = {
      ...(this.#where.kind !== 'group' && { payloadType }),
      accepts: this.#format.accepts,
      deliver(payload: Buffer) {
        if (queue.push(payload)) return;
        statistics.dropped();
        losses.add(1);
      },
      lost: (count: number) => losses.add(count),
    };
    return new Reception(group.scheme, received, statistics, this.#means.clock);
  }

  /** Groups that are told of may be others the next time. */
  async #find(signal: AbortSignal): Promise<Session> {
    const session = await sessionOfDescribed(this.#where, this.#means, signal);
    if (session.codec !== TRANSPORT_STREAM.codec) {
      const what = `${session.codec}, which cannot be taken: only ${TRANSPORT_STREAM.codec} can`;
      throw new PumpError('unknown container', `${this.url} tells of ${what}`);
    }
    this.#session = session;
    return session;
  }

  #rejoin(group: Group, listening: Listening, level: 'warn' | 'debug'): void {
    if (!group.isMulticast) return;
    const { log } = this.#means;
    const from = urlOf(group);
    try {
      listening.rejoin();
      log[level]({ from }, 'group is silent, joined again');
    } catch (error) {
      log[level]({ from, reason: explain(error) }, 'group is silent, and cannot be joined');
    }
  }

  #arrivals(bufferBytes: number): Arrivals {
    const drops = this.#listening?.kernelDrops();
    const kernelDrops = this.#listening && drops === undefined ? undefined : this.#dropsBefore + (drops ?? 0);
    return { ...this.#statistics.arrivals(), bufferBytes, ...(kernelDrops !== undefined && { kernelDrops }) };
  }
}

/** Calls each time that nothing was heard for a while. That it became silent is news; that it still is would be so every few seconds of
 *  a night without a programme. */
function quietly(clock: Clock, call: (level: 'warn' | 'debug') => void) {
  let isHeard = false;
  let wasHeard = false;
  const stop = every(clock, SILENCE_MS, () => {
    if (!isHeard) call(wasHeard ? 'warn' : 'debug');
    wasHeard = isHeard;
    isHeard = false;
  });
  return { heard: () => void (isHeard = true), stop };
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
