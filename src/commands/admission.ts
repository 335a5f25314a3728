// Being let in by a server that is pushed to: what it is answered when it asks for a password, and what its refusals mean.

import type { Headers } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import type { Address } from '../sources/address.ts';
import { Authorization } from '../sources/digest.ts';
import type { Answer, Question } from './upload.ts';

export class Admission {
  readonly #to: Address;
  readonly #authorization: Authorization | undefined;

  constructor(to: Address) {
    this.#to = to;
    this.#authorization = to.credentials && new Authorization(to.credentials);
  }

  /** Takes a 401, and throws where it cannot be answered. */
  learn({ headers }: Answer): void {
    const { shown } = this.#to;
    if (!this.#authorization)
      throw new PumpError(
        'wrong credentials',
        `${shown} wants a name and a password: give them by --user NAME:PASSWORD`,
      );
    if (!this.#authorization.learn(headers['www-authenticate']))
      throw new PumpError('wrong credentials', `${shown} asks for a password in a way that is not known here`);
  }

  /** A request's head, with what was learnt. */
  head(method: Question['method'], head: Headers): Headers {
    const { url } = this.#to;
    const authorization = this.#authorization?.header(method, url.pathname + url.search);
    return authorization === undefined ? head : { ...head, Authorization: authorization };
  }
}

/** What may be otherwise in a while is tried again: no answer, a server that is stopping or has forgotten us in our silence,
 *  and what the caller knows to pass. */
export function refusal({ status, headers, line }: Answer, shown: string, passing: readonly number[] = []): PumpError {
  const elsewhere = headers['location']?.[0];
  if (status >= 300 && status < 400 && elsewhere !== undefined)
    return new PumpError('not found', `${shown} sends encoders on: push to ${elsewhere}`);
  const passes = status >= 500 || status === 408 || status < 300 || passing.includes(status);
  const said = line === '' ? `answers ${status}` : `answers ${status}: ${line}`;
  return new PumpError(passes ? 'upstream failed' : 'forbidden', `${shown} ${said}`, { fields: { status } });
}

export function isPassing(error: unknown): boolean {
  return error instanceof PumpError && (error.code === 'upstream failed' || error.code === 'stalled');
}
