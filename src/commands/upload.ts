// One request whose body is written bit by bit, as an encoder does for days, while the answer may come at any time. Node's own
// client: undici writes header names its own way, wants the body as an iterable, and takes an answer that comes before
// the body's end for the end of the connection.

import { type Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Clock } from '../clock.ts';
import type { Headers } from '../containers/manners.ts';
import { PumpError } from '../errors.ts';
import { trouble } from '../sources/trouble.ts';

/** A server that takes or says nothing for so long is gone, whether or not the connection says so. */
const PATIENCE_MS = 30_000;
/** An error's one line; a whole page of HTML tells no more. */
const MOST_TEXT_BYTES = 4096;
const MOST_TEXT_CHARACTERS = 300;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** the first line of its body */
  readonly line: string;
}

export interface Upload {
  /** Resolves when the server has answered, if only that it waits for the body (100 Continue), or has not for so long:
   *  not all servers do, and none is to be waited for without end ([RFC 9110] 10.1.1). */
  welcome(mostMs: number): Promise<void>;
  /** Resolves when the system has taken it; rejects with what the server answered instead of reading on. */
  write(bytes: Buffer): Promise<void>;
  /** All is written: what does the server say? */
  end(): Promise<Answer>;
  /** What it said before the end, if it did. */
  readonly early: Answer | undefined;
  destroy(): void;
}

export interface Question {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  /** for errors, without credentials */
  readonly shown: string;
  readonly headers: Headers;
  /** false: a connection of its own */
  readonly agent: Agent | false;
  readonly clock: Clock;
}

export function upload({ method, url, shown, headers, agent, clock }: Question): Upload {
  const open = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const request = open(url, { method, headers, agent });
  const outcome = outcomeOf(request, shown, clock);
  return {
    get early() {
      return outcome.answer;
    },
    async welcome(mostMs) {
      let cancel = () => {};
      await outcome.or((done) => {
        request.once('continue', done);
        cancel = clock.after(mostMs, done);
      });
      cancel();
      outcome.check();
    },
    async write(bytes) {
      await outcome.or((done) => request.write(bytes, (error) => (error ? outcome.fail(error) : done())));
      outcome.check();
    },
    async end() {
      await outcome.or(() => request.end());
      outcome.check();
      if (outcome.answer) return outcome.answer;
      throw lost(shown);
    },
    destroy: () => void request.destroy(),
  };
}

/** What became of a request: an answer, or why there is none. Nothing yet, for as long as it goes on. */
function outcomeOf(request: ClientRequest, shown: string, clock: Clock) {
  let answer: Answer | undefined;
  let failure: PumpError | undefined;
  let isAnswering = false;
  /** who waits for something of this request; one at a time */
  let wake = () => {};
  const answered = (whole: Answer) => {
    answer = whole;
    wake();
  };
  const fail = (error: unknown) => {
    failure ??= trouble(shown, error);
    wake();
  };
  request.on('error', fail);
  request.on('close', () => isAnswering || fail(lost(shown)));
  request.once('response', (response) => {
    isAnswering = true;
    read(response).then(answered, fail);
  });
  return {
    get answer() {
      return answer;
    },
    fail,
    /** Throws where it has failed; what has been answered before has not. */
    check(): void {
      if (!answer && failure) throw failure;
    },
    /** Resolves as soon as this is done, or the request is answered or has failed. */
    or: (work: (done: () => void) => void) =>
      new Promise<void>((resolve) => {
        const cancel = clock.after(PATIENCE_MS, () => fail(silent(shown)));
        wake = () => {
          cancel();
          resolve();
        };
        if (answer || failure) wake();
        else work(wake);
      }),
  };
}

async function read(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (text.length < MOST_TEXT_BYTES) text += chunk.toString('utf8');
  }
  const [line = ''] = text.trim().split(/[\r\n]/, 1);
  return {
    status: response.statusCode ?? 0,
    headers: response.headersDistinct,
    line: line.slice(0, MOST_TEXT_CHARACTERS),
  };
}

function lost(shown: string): PumpError {
  return new PumpError('upstream failed', `${shown} closed the connection`);
}

function silent(shown: string): PumpError {
  return new PumpError('stalled', `${shown} does not answer for ${PATIENCE_MS / 1000} s`);
}
