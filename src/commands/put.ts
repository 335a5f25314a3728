// A stream as the body of one chunked PUT without end, as FFmpeg sends it. `Expect: 100-continue` ([RFC 9110] 10.1.1) asks before
// the body whether it is wanted, so that a 401 costs none of it; Icecast's sources ask so too. A connection that is made again
// begins as a viewer does: the header, then a unit that may be joined at. Another header is another request.

import type { Part } from '../containers/container.ts';
import type { Dress, Wire } from '../containers/wire.ts';
import { explain, type PumpError } from '../errors.ts';
import { version } from '../version.ts';
import { Admission, refusal } from './admission.ts';
import { ENDING_MS, type Way, type WayOptions, type Step } from './way.ts';
import { type Answer, upload, type Upload } from './upload.ts';

/** As long as curl waits for a 100 from servers that know of none. */
const WELCOME_MS = 1000;
/** What a server says while it holds our own connection that broke for another encoder's; Icecast says 403. */
const OCCUPIED = [403, 409];
/** It notices after some seconds of silence: this pump after 5, Icecast after 10. */
const OCCUPIED_MS = 30_000;

interface Carried {
  readonly header: Buffer;
  readonly dress: Dress;
  /** how many units there were */
  units: number;
}

export class Put implements Way {
  readonly #wire: Wire;
  readonly #options: WayOptions;
  readonly #admission: Admission;
  #carried: Carried | undefined;
  #running: Upload | undefined;
  /** what comes next is not what the server expects next */
  #awaitsJoin = false;
  /** the last question for a password was answered, and nothing has failed since */
  #hasAnswered = false;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  bytes = 0;
  welcomedAtMs: number | undefined;

  constructor(wire: Wire, options: WayOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#admission = new Admission(options.to);
  }

  steps(part: Part): readonly Step[] {
    if (part.kind === 'gap') this.#awaitsJoin = true;
    const carried = this.#carried;
    if (part.kind === 'header') return carried?.header.equals(part.bytes) ? [] : [() => this.#begin(part.bytes)];
    if (part.kind !== 'unit' || !carried) return [];
    const bytes = carried.dress.unit?.(part.bytes, carried.units++) ?? part.bytes;
    return [() => this.#send(carried, bytes, part.join)];
  }

  async end(): Promise<void> {
    const answer = this.#running && (await this.#close(this.#running));
    if (answer && answer.status >= 300) throw this.#refused(answer);
  }

  hangUp(): void {
    this.#hasAnswered = false;
    this.#drop();
  }

  async #begin(header: Buffer): Promise<void> {
    if (this.#running) await this.#finish(this.#running);
    this.#carried = { header, dress: this.#wire.dress(header), units: 0 };
    await this.#open(this.#carried);
  }

  /** Whatever the server has to say of what is over: it takes the next request, or it does not. */
  async #finish(running: Upload): Promise<void> {
    const { clock, log } = this.#options;
    const cancel = clock.after(ENDING_MS, () => running.destroy());
    await this.#close(running).catch((error: unknown) => log.debug({ reason: explain(error) }, 'end not answered'));
    cancel();
    this.hangUp();
  }

  async #close(running: Upload): Promise<Answer> {
    const end = this.#wire.end?.('stream ended');
    if (end && !running.early) await running.write(end);
    return running.end();
  }

  async #send(carried: Carried, bytes: Buffer, join: boolean): Promise<void> {
    if (this.#awaitsJoin && !join) return;
    const running = this.#running ?? (await this.#open(carried));
    this.#awaitsJoin = false;
    if (await this.#write(running, bytes)) return;
    await this.#send(carried, bytes, join);
  }

  async #open(carried: Carried): Promise<Upload> {
    const { to, clock, log } = this.#options;
    const { contentType = this.#wire.contentType, begin } = carried.dress;
    const headers = this.#admission.head('PUT', {
      'Content-Type': contentType,
      'User-Agent': `StreamPump/${version()}`,
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
    });
    const running = upload({ method: 'PUT', url: to.url, shown: to.shown, headers, agent: false, clock });
    this.#running = running;
    await running.welcome(WELCOME_MS);
    if (!(await this.#write(running, begin))) return this.#open(carried);
    this.welcomedAtMs = clock.now();
    log.info({ to: to.shown }, 'push set up');
    return running;
  }

  /** False: the server asked for a password instead, which it gets with the next request. Behind some proxies it does so only after
   *  these have asked for the body. */
  async #write(to: Upload, bytes: Buffer): Promise<boolean> {
    if (!to.early) await to.write(bytes).catch((error: unknown) => this.#lost(error));
    if (!to.early) {
      this.bytes += bytes.length;
      return true;
    }
    this.#drop();
    if (to.early.status !== 401 || this.#hasAnswered) throw this.#refused(to.early);
    this.#admission.learn(to.early);
    this.#hasAnswered = true;
    return false;
  }

  #lost(error: unknown): never {
    this.#lostAtMs = this.#options.clock.now();
    throw error;
  }

  #refused(answer: Answer): PumpError {
    const isOurs = this.#options.clock.now() - this.#lostAtMs < OCCUPIED_MS;
    return refusal(answer, this.#options.to.shown, isOurs ? OCCUPIED : []);
  }

  #drop(): void {
    this.#running?.destroy();
    this.#running = undefined;
    this.#awaitsJoin = true;
  }
}
