// The access log: a line for each viewer when it has left, in the Combined format of Apache and nginx or as JSON. Clients write
// what they like into their requests: nothing of that gets out of its field. Writing never holds anybody up; what the disk
// does not take in time is lost, counted and told.

import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import type { Context } from 'koa';
import type { Visit } from '../channels/visit.ts';
import { PumpError, explain } from '../errors.ts';
import { type Around, linesTo, tally, withoutCredentials } from '../log.ts';

/** Longer ones than any player sends are cut. */
const LONGEST_FIELD = 1000;
/** Some minutes of a busy pump, for a disk that stands still. */
const UNWRITTEN_BYTES = 4 << 20;
/** A disk that takes nothing does not keep the pump from ending. */
const CLOSING_MS = 1000;
/** For those who look after the machine. */
const MODE = 0o640;

export interface AccessLogOptions {
  readonly file: string;
  readonly format: 'combined' | 'json';
}

/** What was asked for. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly referer: string;
}

export type HttpVisit = Visit & Request & { readonly stream: string };

export interface AccessLog {
  readonly write: (visit: HttpVisit) => void;
  /** the file was moved away: goes on in a new one */
  readonly reopen: () => void;
  readonly close: () => Promise<void>;
}

export function requestOf({ req }: Context): Request {
  const { method = '', url = '', httpVersion, headers } = req;
  return {
    method,
    url: withoutCredentials(url).slice(0, LONGEST_FIELD),
    httpVersion,
    referer: withoutCredentials(headers.referer ?? '').slice(0, LONGEST_FIELD),
  };
}

/** Rejects where the file cannot be written. */
export async function openAccessLog({ file, format }: AccessLogOptions, { log, clock }: Around): Promise<AccessLog> {
  // Tried before, since a destination that could not be opened throws when the process ends.
  await appendFile(file, '', { mode: MODE }).catch((cause: unknown) => {
    throw new PumpError('usage', `the access log ${file} cannot be written`, { cause });
  });
  const lines = linesTo({ dest: file, append: true, maxLength: UNWRITTEN_BYTES, mode: MODE });
  await once(lines, 'ready');
  const failed = tally(log, 'access log cannot be written', clock);
  const lost = tally(log, 'access log lost lines: they came faster than they could be written', clock);
  lines.on('error', (error) => failed({ file, reason: explain(error) }));
  lines.on('drop', () => lost({ file }));
  const shape = format === 'json' ? json : combined;
  return {
    write: (visit) => void lines.write(`${shape(visit, new Date())}\n`),
    reopen: () => lines.reopen(),
    close: () =>
      new Promise((resolve) => {
        const cancel = clock.after(CLOSING_MS, resolve);
        lines.once('close', () => (cancel(), resolve()));
        lines.end();
      }),
  };
}

function json({ reason, seconds, bytes, skips, ...visit }: HttpVisit, at: Date): string {
  const { address, user, stream, method, url, httpVersion, referer, agent, wire } = visit;
  const who = { address, user, agent, referer: referer || undefined };
  const asked = { method, url, httpVersion, status: 200 };
  return JSON.stringify({ time: at.toISOString(), stream, ...who, ...asked, wire, bytes, seconds, skips, reason });
}

/** The time is that of the end, as in nginx and Icecast: programs that read on where they stopped pass over lines that are
 *  older than what they have seen. */
function combined({ address, user, method, url, httpVersion, bytes, referer, agent }: HttpVisit, at: Date): string {
  const request = quoted(`${method} ${url} HTTP/${httpVersion}`);
  return `${address} - ${bare(user)} [${moment(at)}] ${request} 200 ${bytes} ${quoted(referer)} ${quoted(agent)}`;
}

/** `21/Nov/2026:11:20:03 +0000` */
function moment(at: Date): string {
  const [, day, month, year, time] = /(\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

/** As nginx does: the escaped text has no quote in it, so that the plainest of parsers finds the end of a field. */
const quoted = (text: string) => `"${escaped(text, /["\\]|[^ -~]/gu) || '-'}"`;

/** A field without quotes ends at a blank. */
const bare = (text = '') => escaped(text, /["\\]|[^!-~]/gu) || '-';

function escaped(text: string, what: RegExp): string {
  return text.replaceAll(what, (letter) => {
    // Node reads headers as Latin-1: a letter is the byte that came.
    const bytes = Buffer.from(letter, letter <= '\xFF' ? 'latin1' : 'utf8');
    return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  });
}
