// A Windows Media encoder with its connection ([MS-WMHTTP] 3.1.5): sets the push up, starts it, and sends frames over as many
// requests as it takes. A connection that is lost is made again for the same place, with growing pauses, until aborted;
// what the server refuses is told in its own words.

import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../clock.ts';
import {
  type Body,
  bodyOf,
  encoding,
  isMediaServer,
  LONGEST_BODY_BYTES,
  placeOf,
  SET_UP_BODY,
  setUpHead,
  startHead,
} from '../containers/asf/encoding.ts';
import type { Headers, Part } from '../containers/container.ts';
import { explain, PumpError } from '../errors.ts';
import type { Address } from '../sources/address.ts';
import { Authorization } from '../sources/digest.ts';
import { type Answer, post, type Post } from './post.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** A connection that held for so long has made its earlier failures good. */
const HEALTHY_MS = 60_000;
/** A server says its last word at once or never: Windows Media Services just closes. */
const ENDING_MS = 2000;

export interface EncoderOptions {
  readonly to: Address;
  /** how much a request promises */
  readonly bodyBytes?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Encoder {
  readonly #options: EncoderOptions;
  readonly #signal: AbortSignal;
  readonly #authorization: Authorization | undefined;
  readonly #encoding = encoding();
  #agent: Agent | undefined;
  #place: string | undefined;
  /** the start request that is being filled */
  #post: Post | undefined;
  #body: Body = bodyOf(0);
  #openedAtMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  bytes = 0;
  restarts = 0;

  constructor(options: EncoderOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#authorization = options.to.credentials && new Authorization(options.to.credentials);
  }

  /** Resolves when the system has taken all that this part is on the wire, over however many connections. */
  async take(part: Part): Promise<void> {
    for (const frame of this.#encoding.frames(part)) await this.#send(frame);
  }

  /** Says that the stream is over, where there is still somebody to say it to, and lets go of everything. */
  async end(): Promise<void> {
    const { clock, log } = this.#options;
    const cancel = clock.after(ENDING_MS, () => this.#hangUp());
    try {
      if (this.#post) await this.#deliver(this.#encoding.end());
      await this.#post?.end();
    } catch (error) {
      log.debug({ reason: explain(error) }, 'end not answered');
    } finally {
      cancel();
      this.#hangUp();
    }
  }

  async #send(frame: Buffer): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#signal.aborted) {
      try {
        return await this.#deliver(frame);
      } catch (error) {
        this.#hangUp();
        // What fails before the first welcome is a wrong address or a server that is not there.
        if (this.#place === undefined || !isPassing(error)) throw error;
        if (this.#signal.aborted) return;
        if (clock.now() - this.#openedAtMs > HEALTHY_MS) this.#pauseMs = FIRST_PAUSE_MS;
        log.warn(
          { reason: explain(error), seconds: Math.round(this.#pauseMs / 1000) },
          'connection lost, trying again',
        );
        this.restarts += 1;
        await sleep(clock, this.#pauseMs * (0.8 + 0.4 * Math.random()), this.#signal);
        this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }

  async #deliver(frame: Buffer): Promise<void> {
    const running = this.#post ?? (await this.#open());
    if (this.#body.fits(frame)) return this.#write(running, frame);
    for (const filler of this.#body.filler()) await this.#write(running, filler);
    welcome(await running.end(), this.#options.to.shown);
    const next = this.#start();
    if (this.#body.fits(frame)) return this.#write(next, frame);
    throw new PumpError(
      'too large',
      `a request of ${this.#options.bodyBytes} bytes has no room for ${frame.length} and filler`,
    );
  }

  async #write(to: Post, frame: Buffer): Promise<void> {
    await to.write(frame);
    if (to.early) throw refusal(to.early, this.#options.to.shown);
    this.#body.took(frame);
    this.bytes += frame.length;
  }

  async #open(): Promise<Post> {
    const { shown } = this.#options.to;
    const agent = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#options.to.url.protocol === 'https:' ? new TlsAgent(agent) : new Agent(agent);
    const answer = await this.#setUp();
    welcome(answer, shown);
    const place = placeOf(answer.headers['set-cookie']);
    if (place === undefined) throw new PumpError('malformed', `${shown} gives no push-id: it takes no push`);
    const isForgotten = this.#place !== undefined && this.#place !== place;
    this.#place = place;
    this.#openedAtMs = this.#options.clock.now();
    this.#options.log.info({ to: shown }, 'push set up');
    const started = this.#start();
    if (isForgotten) for (const frame of this.#encoding.again()) await this.#write(started, frame);
    return started;
  }

  async #setUp(): Promise<Answer> {
    const { shown } = this.#options.to;
    const answer = await this.#askForPlace();
    if (answer.status !== 401) return answer;
    if (!this.#authorization)
      throw new PumpError(
        'wrong credentials',
        `${shown} wants a name and a password: give them by --user NAME:PASSWORD`,
      );
    if (!this.#authorization.learn(answer.headers['www-authenticate']))
      throw new PumpError('wrong credentials', `${shown} asks for a password in a way that is not known here`);
    return this.#askForPlace(placeOf(answer.headers['set-cookie']));
  }

  async #askForPlace(place = this.#place): Promise<Answer> {
    const asking = this.#ask(setUpHead(this.#options.to.url.host, place));
    try {
      await asking.write(SET_UP_BODY);
      return asking.early ?? (await asking.end());
    } catch (error) {
      asking.destroy();
      throw error;
    }
  }

  #start(): Post {
    const { to, bodyBytes = LONGEST_BODY_BYTES } = this.#options;
    this.#body = bodyOf(bodyBytes);
    this.#post = this.#ask(startHead(to.url.host, this.#place ?? '', bodyBytes));
    return this.#post;
  }

  #ask(head: Headers): Post {
    const { to, clock } = this.#options;
    const { url, shown } = to;
    const authorization = this.#authorization?.header('POST', url.pathname + url.search);
    const headers = authorization === undefined ? head : { ...head, Authorization: authorization };
    return post({ url, shown, headers, agent: this.#agent ?? new Agent(), clock });
  }

  #hangUp(): void {
    this.#post?.destroy();
    this.#agent?.destroy();
    this.#post = this.#agent = undefined;
  }
}

function welcome(answer: Answer, shown: string): void {
  if (answer.status !== 204 && answer.status !== 200) throw refusal(answer, shown);
  if (isMediaServer(answer.headers['server']?.[0])) return;
  throw new PumpError(
    'malformed',
    `${shown} is no address for Windows Media pushes: its server does not say that it takes them`,
  );
}

/** What may be otherwise in a while is tried again: no answer, a server that is stopping or has forgotten us in our silence. */
function refusal({ status, headers, line }: Answer, shown: string): PumpError {
  const elsewhere = headers['location']?.[0];
  if (status >= 300 && status < 400 && elsewhere !== undefined)
    return new PumpError('not found', `${shown} sends encoders on: push to ${elsewhere}`);
  const passes = status >= 500 || status === 408 || status < 300;
  const said = line === '' ? `answers ${status}` : `answers ${status}: ${line}`;
  return new PumpError(passes ? 'upstream failed' : 'forbidden', `${shown} ${said}`, { fields: { status } });
}

function isPassing(error: unknown): boolean {
  return error instanceof PumpError && (error.code === 'upstream failed' || error.code === 'stalled');
}
