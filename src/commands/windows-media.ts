// The session of a Windows Media encoder ([MS-WMHTTP] 3.1.5): sets the push up, starts it, and sends frames over as many requests
// as it takes. On another connection it goes on in the same place, and begins again where the server has forgotten that.

import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
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
import type { Part } from '../containers/container.ts';
import type { Headers } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import { Admission, refusal } from './admission.ts';
import type { Way, WayOptions, Step } from './way.ts';
import { type Answer, upload, type Upload } from './upload.ts';

export class WindowsMedia implements Way {
  readonly #options: WayOptions;
  readonly #admission: Admission;
  readonly #encoding = encoding();
  #agent: Agent | undefined;
  #place: string | undefined;
  /** the start request that is being filled */
  #running: Upload | undefined;
  #body: Body = bodyOf(0);
  bytes = 0;
  welcomedAtMs: number | undefined;

  constructor(options: WayOptions) {
    this.#options = options;
    this.#admission = new Admission(options.to);
  }

  steps(part: Part): readonly Step[] {
    return this.#encoding.frames(part).map((frame) => () => this.#deliver(frame));
  }

  async end(): Promise<void> {
    if (this.#running) await this.#deliver(this.#encoding.end());
    await this.#running?.end();
  }

  hangUp(): void {
    this.#running?.destroy();
    this.#agent?.destroy();
    this.#running = this.#agent = undefined;
  }

  async #deliver(frame: Buffer): Promise<void> {
    const running = this.#running ?? (await this.#open());
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

  async #write(to: Upload, frame: Buffer): Promise<void> {
    await to.write(frame);
    if (to.early) throw refusal(to.early, this.#options.to.shown);
    this.#body.took(frame);
    this.bytes += frame.length;
  }

  async #open(): Promise<Upload> {
    const { shown } = this.#options.to;
    const agent = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#options.to.url.protocol === 'https:' ? new TlsAgent(agent) : new Agent(agent);
    const answer = await this.#setUp();
    welcome(answer, shown);
    const place = placeOf(answer.headers['set-cookie']);
    if (place === undefined) throw new PumpError('malformed', `${shown} gives no push-id: it takes no push`);
    const isForgotten = this.#place !== undefined && this.#place !== place;
    this.#place = place;
    this.welcomedAtMs = this.#options.clock.now();
    this.#options.log.info({ to: shown }, 'push set up');
    const started = this.#start();
    if (isForgotten) for (const frame of this.#encoding.again()) await this.#write(started, frame);
    return started;
  }

  async #setUp(): Promise<Answer> {
    const answer = await this.#askForPlace();
    if (answer.status !== 401) return answer;
    this.#admission.learn(answer);
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

  #start(): Upload {
    const { to, bodyBytes = LONGEST_BODY_BYTES } = this.#options;
    this.#body = bodyOf(bodyBytes);
    this.#running = this.#ask(startHead(to.url.host, this.#place ?? '', bodyBytes));
    return this.#running;
  }

  #ask(head: Headers): Upload {
    const { to, clock } = this.#options;
    const { url, shown } = to;
    const headers = this.#admission.head('POST', head);
    return upload({ method: 'POST', url, shown, headers, agent: this.#agent ?? new Agent(), clock });
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
