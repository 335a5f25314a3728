// What every route goes by: the streams, who may do what, and who a client is.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import type { AudienceList } from '../channels/audience.ts';
import type { Clock } from '../clock.ts';
import type { Container } from '../containers/container.ts';
import type { Ask } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import type { Range } from '../range.ts';
import { doors } from './access/access.ts';
import type { HttpVisit } from './access-log.ts';
import { readForwarding } from './access/forwarding.ts';
import { type Origin, type Ports, readOrigin } from './access/origin.ts';
import { isInside } from './inside.ts';
import { type Access, type Admin, isConfigured, type Relay, type Stream } from './stream.ts';

/** Enough to tell one player from another. */
const LONGEST_AGENT = 200;

/** What may change while the pump runs. */
export interface Rules {
  /** Is this the address of a proxy that is believed about its clients? Without it none is. */
  readonly isTrusted?: Range;
  readonly redirect404To?: string;
  /** refuse offers that nothing fits, instead of telling them where the stream is all the same */
  readonly strictOffers?: boolean;
  /** what may be done to streams; without it nothing */
  readonly admin?: Admin;
  /** groups that may be watched by their addresses; without it none */
  readonly relay?: Relay;
  /** who may read the metrics; everybody where nothing is said */
  readonly metrics?: Access;
}

export interface MeansOptions {
  /** as they are at the moment: asked for with each request */
  readonly rules?: () => Rules;
  /** keys in lower case */
  readonly streams: ReadonlyMap<string, Stream>;
  readonly containers: readonly Container[];
  /** this pump among all pumps */
  readonly self: string;
  /** what nonces of Digest are signed with, where several processes have to know them */
  readonly digestKey?: Buffer;
  /** where it listens, as soon as it does */
  readonly ports?: Ports;
  /** hears of every viewer when it has left */
  readonly visited?: (visit: HttpVisit) => void;
  /** how many are open */
  readonly connections: () => number;
  /** hears how long each viewer waited for the first of its stream */
  readonly joined?: (ms: number) => void;
  /** what other processes of this pump measure, where these are the ones that clients reach */
  readonly elsewhere?: Elsewhere;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Elsewhere {
  readonly connections: () => number;
  readonly joined: (hear: (ms: number) => void) => void;
  /** viewers of a stream one by one, as many lists as there are processes */
  readonly lists: (path: string) => Promise<AudienceList[]>;
  readonly drop: (path: string, id: string) => Promise<boolean>;
}

export interface Means extends Omit<MeansOptions, 'rules'> {
  readonly rules: Rules;
  /** aborted: the pump stops */
  readonly signal: AbortSignal;
  address(req: IncomingMessage): string;
  /** Which address of this pump the client has used; throws where it says none that can be. */
  origin(req: IncomingMessage): Origin;
  /** Resolves with the user's name where one was asked for. */
  allow(req: IncomingMessage, access: Access): Promise<string | undefined>;
}

const nobody: Range = () => false;

export function openMeans({ rules = () => ({}), ...options }: MeansOptions, signal: AbortSignal): Means {
  const door = doors(options.clock, options.digestKey);
  // A mistake in an address or a password is told now, not to the first client.
  const { admin, relay, metrics } = rules();
  for (const { watch, publish } of options.streams.values()) [watch, publish].forEach(door);
  for (const access of [admin?.access, relay?.watch, metrics]) if (access) door(access);
  const forwarding = (req: IncomingMessage) => readForwarding(req, rules().isTrusted ?? nobody);
  const address = (req: IncomingMessage) => forwarding(req).address;
  const origin = (req: IncomingMessage) => readOrigin(req, forwarding(req), options.ports);
  const allow = async (req: IncomingMessage, access: Access) => {
    if (isInside(req)) return undefined;
    return door(access)({
      address: address(req),
      authorization: req.headers.authorization,
      ways: req.headersDistinct['x-accept-authentication']?.join(),
      method: req.method ?? '',
      url: req.url ?? '',
    });
  };
  return {
    ...options,
    get rules() {
      return rules();
    },
    signal,
    address,
    origin,
    allow,
  };
}

/** Those that are switched on. Groups that viewers have named are nobody's promise, and not among them. */
export function configured({ streams }: Means): Stream[] {
  return [...streams.values()].filter((stream) => stream.enabled && isConfigured(stream));
}

/** Nobody begins to watch a pump that stops. To be asked once it is known who may, which takes a while. */
export function refuseWhenStopping({ signal }: Means): void {
  if (!signal.aborted) return;
  throw new PumpError('stopping', 'The pump is stopping: try again in a moment.', { headers: { 'Retry-After': '5' } });
}

export function nothingHere(): PumpError {
  return new PumpError('not found', 'There is nothing here: streams are at /streams/NAME, and / lists them.');
}

/** The stream of this path, which came out of an address as it is. */
export function find({ streams }: Means, path: string): Stream {
  const stream = lookUp(streams, path);
  if (!stream) throw new PumpError('not found', 'There is no stream of this name: / lists those that there are.');
  return stream;
}

/** Likewise, and also where it is switched off. */
export function findListed({ streams }: Means, path: string): Stream {
  const stream = streams.get(decodeURIComponent(path).toLowerCase());
  if (!stream)
    throw new PumpError('not found', 'There is no stream of this name: /api/streams lists those that there are.');
  return stream;
}

export function lookUp(streams: ReadonlyMap<string, Stream>, path: string): Stream | undefined {
  const stream = streams.get(decodeURIComponent(path).toLowerCase());
  return stream?.enabled ? stream : undefined;
}

export function askOf(req: IncomingMessage): Ask {
  const { method = '', url = '', httpVersion, headersDistinct: headers } = req;
  return { method, url, httpVersion, headers };
}

export function agentOf({ req }: Context): string {
  return (req.headers['user-agent'] ?? '').slice(0, LONGEST_AGENT);
}
